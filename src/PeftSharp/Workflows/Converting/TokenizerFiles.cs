using PeftSharp.IO;

namespace PeftSharp.Workflows.Converting;

/// <summary>The files of a model folder that go with its weights unchanged.</summary>
internal static class TokenizerFiles
{
    private static readonly string[] _names =
    [
        "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.txt", "vocab.json",
        "merges.txt", "tokenizer.model", "chat_template.jinja", "generation_config.json", "modules.json", "sentence_bert_config.json",
        "config_sentence_transformers.json", "1_Pooling/config.json",
    ];

    /// <summary>Copies those that are there, each whole or not at all.</summary>
    public static void Copy(string from, string to)
    {
        foreach (string name in _names)
            if (Path.Combine(from, name) is var source && File.Exists(source))
            {
                string target = Path.Combine(to, name);
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                AtomicFile.Write(target, stream =>
                {
                    using FileStream file = File.OpenRead(source);
                    file.CopyTo(stream);
                });
            }
    }
}
