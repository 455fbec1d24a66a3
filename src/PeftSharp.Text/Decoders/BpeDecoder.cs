using PeftSharp.Text.Loading;

namespace PeftSharp.Text.Decoders;

/// <summary>An end-of-word mark becomes a space, or nothing in the last token.</summary>
internal sealed class BpeDecoder : IDecoder
{
    private readonly string _suffix;

    public BpeDecoder(string suffix) => _suffix = suffix;

    public static BpeDecoder Read(JsonPart part)
    {
        part.AllowOnly("type", "suffix");
        JsonPart suffix = part.Get("suffix");
        return suffix.String().Length > 0 ? new BpeDecoder(suffix.String()) : throw suffix.Error("the suffix is empty.");
    }

    public void Apply(List<string> tokens)
    {
        for (int i = 0; i < tokens.Count; i++)
            tokens[i] = tokens[i].Replace(_suffix, i == tokens.Count - 1 ? "" : " ", StringComparison.Ordinal);
    }

    /// <summary>
    /// All but the last, whose mark may yet become a space. What is stable must also read the same when it is last, up to
    /// spaces at its end; a token with a mark in its middle does not.
    /// </summary>
    public int CountStable(IReadOnlyList<string> tokens)
    {
        int stable = Math.Max(0, tokens.Count - 1);
        while (stable > 0 && HasMarkInside(tokens[stable - 1]))
            stable--;
        return stable;
    }

    private bool HasMarkInside(string token)
    {
        int first = token.IndexOf(_suffix, StringComparison.Ordinal);
        return first >= 0 && token[first..].Replace(_suffix, "", StringComparison.Ordinal).Length > 0;
    }
}
