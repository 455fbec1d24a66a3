namespace PeftSharp.Text.Folders;

/// <summary>Tables of the tokens with a role.</summary>
internal static class SpecialTokens
{
    /// <param name="tokens">Roles without <c>_token</c>, and contents.</param>
    public static Dictionary<string, SpecialToken> Of(params ReadOnlySpan<(string Role, string Content)> tokens)
    {
        Dictionary<string, SpecialToken> table = [];
        foreach ((string role, string content) in tokens)
            table.Add(role + "_token", new SpecialToken(content));
        return table;
    }

    /// <summary>The same table with the mask swallowing the whitespace before it, as a word would.</summary>
    public static Dictionary<string, SpecialToken> WithMask(this Dictionary<string, SpecialToken> table, string content)
    {
        table.Add("mask_token", new SpecialToken(content, LeftStrip: true));
        return table;
    }
}
