namespace PeftSharp.Text.Chat.Jinja.Runtime;

/// <summary>Texts counted in code points, as Python counts them. Half a surrogate pair is a code point of its own.</summary>
internal static class CodePointText
{
    public static bool IsPlain(string text) => !text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF');

    public static int Length(string text) => IsPlain(text) ? text.Length : Split(text).Count;

    /// <summary>Each code point as a text.</summary>
    public static IReadOnlyList<string> Split(string text)
    {
        List<string> parts = new(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            bool pair = char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]);
            parts.Add(pair ? text.Substring(i, 2) : text[i].ToString());
            i += pair ? 1 : 0;
        }
        return parts;
    }

    /// <summary>How many code points stand before a place given in UTF-16 units.</summary>
    public static int CountBefore(string text, int place) => Length(text[..place]);

    /// <summary>Order by code points, in which UTF-16 units differ beyond U+FFFF.</summary>
    public static int Compare(string left, string right)
    {
        int length = Math.Min(left.Length, right.Length);
        for (int i = 0; i < length; i++)
            if (left[i] != right[i])
                return Rank(left[i]).CompareTo(Rank(right[i]));
        return left.Length.CompareTo(right.Length);
    }

    /// <summary>Whether Python takes the character for white space.</summary>
    public static bool IsSpace(char c) => char.IsWhiteSpace(c) || c is >= '\x1c' and <= '\x1f';

    public static string TrimStart(string text) => text[CountSpace(text)..];

    public static string TrimEnd(string text)
    {
        int end = text.Length;
        while (end > 0 && IsSpace(text[end - 1]))
            end--;
        return text[..end];
    }

    public static string Trim(string text) => TrimStart(TrimEnd(text));

    private static int CountSpace(string text)
    {
        int count = 0;
        while (count < text.Length && IsSpace(text[count]))
            count++;
        return count;
    }

    private static int Rank(char c) => char.IsSurrogate(c) ? c + 0x10000 : c;
}
