using System.Globalization;
using System.Text;

namespace PeftSharp.Metrics;

/// <summary>What Python's <c>str</c> and <c>re</c> do where .NET does something else; reference implementations of metrics are Python.</summary>
internal static class PythonText
{
    /// <summary><c>str.lower()</c>: .NET's invariant mapping plus the full mapping of İ and the final form of Σ.</summary>
    public static string Lower(string text)
    {
        StringBuilder lower = new(text.Length);
        int at = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            _ = rune.Value switch
            {
                0x130 => lower.Append("i\u0307"),
                0x3A3 => lower.Append(IsFinalSigma(text, at) ? 'ς' : 'σ'),
                _ => lower.Append(Rune.ToLowerInvariant(rune)),
            };
            at += rune.Utf16SequenceLength;
        }

        return lower.ToString();
    }

    /// <summary><c>str.split()</c>: runs of Unicode white space, to which Python counts the four separators U+001C to U+001F.</summary>
    public static List<string> Split(string text)
    {
        List<string> words = [];
        int start = 0;
        for (int i = 0; i <= text.Length; i++)
        {
            if (i < text.Length && !char.IsWhiteSpace(text[i]) && text[i] is not (>= '\x1c' and <= '\x1f'))
                continue;
            if (i > start)
                words.Add(text[start..i]);
            start = i + 1;
        }

        return words;
    }

    /// <summary><c>\w</c> of <c>re</c>: letters, numbers and the underscore, not combining marks.</summary>
    public static bool IsWordCharacter(Rune rune) => rune.Value == '_' || Rune.IsLetter(rune) || Rune.IsNumber(rune);

    // Unicode 3.13 Final_Sigma: a cased letter before and none after, case-ignorable characters not counted.
    private static bool IsFinalSigma(string text, int at)
    {
        bool before = false;
        foreach (Rune rune in text.AsSpan(0, at).EnumerateRunes())
            if (!IsCaseIgnorable(rune))
                before = IsCased(rune);
        if (!before)
            return false;
        foreach (Rune rune in text.AsSpan(at + 1).EnumerateRunes())
            if (!IsCaseIgnorable(rune))
                return !IsCased(rune);
        return true;
    }

    private static bool IsCased(Rune rune) => Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter;

    private static bool IsCaseIgnorable(Rune rune) =>
        rune.Value is '\'' or '.' or ':' or '·' or 0x2018 or 0x2019 or 0x2024 or 0x2027
        || Rune.GetUnicodeCategory(rune)
            is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format
            or UnicodeCategory.ModifierLetter or UnicodeCategory.ModifierSymbol;
}
