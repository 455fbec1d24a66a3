using PeftSharp.Text.Loading;

namespace PeftSharp.Text.Folders;

/// <summary>A kind of folder without tokenizer.json: what its tokenizer is called, where its vocabulary is, and what it is made of.</summary>
internal sealed class TokenizerFamily
{
    /// <summary>Names of tokenizer classes, without <c>Tokenizer</c> and <c>TokenizerFast</c>.</summary>
    public required string[] Classes { get; init; }

    /// <summary><c>model_type</c> of config.json, where no class is named.</summary>
    public required string[] ModelTypes { get; init; }

    /// <summary>Sets of files of which one must be there; the first is the usual one.</summary>
    public required string[][] Files { get; init; }

    /// <summary>The tokens of each role where the files do not name them.</summary>
    public required IReadOnlyDictionary<string, SpecialToken> Defaults { get; init; }

    public required Func<TokenizerFamily, FolderSettings, TokenizerFile> Build { get; init; }

    public bool IsIn(string folder) => FilesIn(folder) is not null;

    /// <summary>The first set of which all files are in the folder, or null.</summary>
    public string[]? FilesIn(string folder) => Array.Find(Files, set => Array.TrueForAll(set, name => File.Exists(Path.Combine(folder, name))));
}
