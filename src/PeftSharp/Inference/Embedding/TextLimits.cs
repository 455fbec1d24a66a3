using PeftSharp.IO;

namespace PeftSharp.Inference.Embedding;

/// <summary>What the Transformer module of sentence-transformers says of texts.</summary>
/// <param name="MaxLength">The most tokens, or null; comes before the tokenizer's own limit.</param>
/// <param name="LowerCase">Whether texts are written in lower case before the tokenizer sees them.</param>
internal sealed record TextLimits(int? MaxLength, bool LowerCase)
{
    // The later names are of the first versions.
    private static readonly string[] _names =
    [
        .. ((string[])["bert", "roberta", "distilbert", "camembert", "albert", "xlm-roberta", "xlnet"]).Select(family => $"sentence_{family}_config.json"),
    ];

    /// <summary>What holds without a file.</summary>
    public static TextLimits None { get; } = new(MaxLength: null, LowerCase: false);

    /// <summary>The files that may hold them.</summary>
    public static IReadOnlyList<string> FileNames => _names;

    /// <summary>Reads the first of the files that the folder has.</summary>
    /// <exception cref="PeftException">It is not sound, or wants something else than the states of tokens.</exception>
    public static TextLimits Load(string folder)
    {
        if (_names.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists) is not { } path)
            return None;
        JsonSettings settings = JsonSettings.Load(path);
        RequireText(settings, "transformer_task", "feature-extraction");
        RequireText(settings, "module_output_name", "token_embeddings");
        return new(settings.Has("max_seq_length") ? settings.Size("max_seq_length") : null, settings.Flag("do_lower_case", false));
    }

    /// <summary>Full lower case, character by character, as a tokenizer's normaliser writes it.</summary>
    public string Apply(string text) => LowerCase ? text.Replace("\u0130", "i\u0307", StringComparison.Ordinal).ToLowerInvariant() : text;

    private static void RequireText(JsonSettings settings, string key, string wanted)
    {
        if (settings.OptionalText(key) is { } found && found != wanted)
            throw new PeftException($"{settings.Source}: '{key}' is '{found}'; only {wanted} is supported.");
    }
}
