using PeftSharp.Inference.Embedding;
using PeftSharp.IO;
using PeftSharp.Models;
using PeftSharp.Text;

namespace PeftSharp.Workflows.Converting;

/// <summary>The files of a model folder that go with its weights unchanged.</summary>
internal static class TokenizerFiles
{
    private static readonly string[] _ofTokenizer =
    [
        "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.txt", "vocab.json",
        "merges.txt", "tokenizer.model", "spiece.model", "sentencepiece.bpe.model", "spm.model", "chat_template.jinja",
    ];

    private static readonly string[] _others =
        ["generation_config.json", SentenceModule.FileName, SentencePrompts.FileName, .. TextLimits.FileNames];

    // What a tokenizer.json says already, and would be contradicted in.
    private static readonly string[] _parts =
    [
        "special_tokens_map.json", "added_tokens.json", "vocab.txt", "vocab.json", "merges.txt", "tokenizer.model", "spiece.model",
        "sentencepiece.bpe.model", "spm.model",
    ];

    /// <summary>Copies those that are there, each whole or not at all.</summary>
    public static void Copy(string from, string to) => Copy([.. _ofTokenizer, .. _others, .. SentenceFolder.ModuleFiles(from)], from, to);

    /// <summary>Puts the tokenizer of an adapter's folder, where it has one, in the place of the one that is there.</summary>
    public static void Replace(string adapter, string folder)
    {
        if (!ModelFiles.HasTokenizer(adapter))
        {
            Copy([TokenizerSettings.ChatTemplateFile], adapter, folder);
            return;
        }
        foreach (string name in _parts)
            File.Delete(Path.Combine(folder, name));
        Copy(_ofTokenizer, adapter, folder);
    }

    private static void Copy(IEnumerable<string> names, string from, string to)
    {
        foreach (string name in names)
            if (Path.Combine(from, name) is var source && File.Exists(source))
            {
                string target = Path.Combine(to, name);
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                byte[] bytes = SmallFile.ReadBytes(source, SmallFile.MostOfTokenizer);
                AtomicFile.Write(target, stream => stream.Write(bytes));
            }
    }
}
