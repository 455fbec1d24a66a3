using PeftSharp.Text.Loading;

namespace PeftSharp.Text.Decoders;

/// <summary>Joins words with spaces and continuations without; optionally takes spaces away before punctuation.</summary>
internal sealed class WordPieceDecoder : IDecoder
{
    private static readonly (string From, string To)[] s_cleanup =
    [
        (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"),
        (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
    ];

    private readonly string _prefix;
    private readonly bool _cleanup;

    public WordPieceDecoder(string prefix, bool cleanup)
    {
        _prefix = prefix;
        _cleanup = cleanup;
    }

    public static WordPieceDecoder Read(JsonPart part)
    {
        part.AllowOnly("type", "prefix", "cleanup");
        return new WordPieceDecoder(part.Get("prefix").String(), part.Get("cleanup").Bool());
    }

    public void Apply(List<string> tokens)
    {
        for (int i = 0; i < tokens.Count; i++)
        {
            string token = tokens[i];
            if (i > 0)
                token = token.StartsWith(_prefix, StringComparison.Ordinal) ? token[_prefix.Length..] : " " + token;
            tokens[i] = _cleanup ? CleanUp(token) : token;
        }
    }

    /// <summary>Each token is cleaned alone, as Hugging Face does it.</summary>
    public static string CleanUp(string token)
    {
        if (!token.Contains(' '))
            return token;
        foreach ((string from, string to) in s_cleanup)
            token = token.Replace(from, to, StringComparison.Ordinal);
        return token;
    }
}
