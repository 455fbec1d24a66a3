using PeftSharp.Inference.Embedding;
using PeftSharp.IO;

namespace PeftSharp.Workflows.Converting;

/// <summary>The files of a model folder that go with its weights unchanged.</summary>
internal static class TokenizerFiles
{
    private static readonly string[] _names =
    [
        "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.txt", "vocab.json",
        "merges.txt", "tokenizer.model", "chat_template.jinja", "generation_config.json",
        SentenceModule.FileName, SentencePrompts.FileName, .. TextLimits.FileNames,
    ];

    /// <summary>Copies those that are there, each whole or not at all.</summary>
    public static void Copy(string from, string to)
    {
        foreach (string name in _names.Concat(SentenceFolder.ModuleFiles(from)))
            if (Path.Combine(from, name) is var source && File.Exists(source))
            {
                string target = Path.Combine(to, name);
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                byte[] bytes = SmallFile.ReadBytes(source, SmallFile.MostOfTokenizer);
                AtomicFile.Write(target, stream => stream.Write(bytes));
            }
    }
}
