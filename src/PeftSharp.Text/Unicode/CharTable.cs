using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace PeftSharp.Text.Unicode;

/// <summary>Character traits and lower case by table for the basic plane, by calculation beyond it.</summary>
internal static class CharTable
{
    private static readonly CharTraits[] s_traits = BuildTraits();
    private static readonly char[] s_lower = BuildLower();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static CharTraits Of(char c) => s_traits[c];

    public static CharTraits Of(Rune rune) => rune.IsBmp ? s_traits[rune.Value] : Compute(rune.Value);

    /// <summary>Traits of the character that starts at <paramref name="index"/>, and its length in UTF-16 units (1 or 2).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static CharTraits At(ReadOnlySpan<char> text, int index, out int length)
    {
        char c = text[index];
        if (!char.IsSurrogate(c))
        {
            length = 1;
            return s_traits[c];
        }
        return AtSurrogate(text, index, out length);
    }

    /// <summary>The character that starts at <paramref name="index"/>; a lone surrogate reads as U+FFFD of length 1.</summary>
    public static Rune RuneAt(ReadOnlySpan<char> text, int index, out int length)
    {
        char c = text[index];
        if (!char.IsSurrogate(c))
        {
            length = 1;
            return new Rune(c);
        }
        Rune.DecodeFromUtf16(text[index..], out Rune rune, out length);
        return rune;
    }

    /// <summary>Where the character before <paramref name="end"/> starts; <paramref name="end"/> itself at the beginning of the text.</summary>
    public static int StartBefore(ReadOnlySpan<char> text, int end) => end switch
    {
        0 => 0,
        > 1 when char.IsSurrogatePair(text[end - 2], text[end - 1]) => end - 2,
        _ => end - 1,
    };

    /// <summary>Simple lower case. U+0130 alone lowers to two characters; callers treat it before coming here.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static char ToLower(char c) => s_lower[c];

    public static Rune ToLower(Rune rune) => rune.IsBmp ? new Rune(s_lower[rune.Value]) : Rune.ToLowerInvariant(rune);

    private static CharTraits AtSurrogate(ReadOnlySpan<char> text, int index, out int length) =>
        Of(RuneAt(text, index, out length));

    private static CharTraits[] BuildTraits()
    {
        CharTraits[] table = new CharTraits[char.MaxValue + 1];
        for (int c = 0; c < table.Length; c++)
            table[c] = Compute(c);
        return table;
    }

    private static char[] BuildLower()
    {
        // One call for the whole plane: each call into the globalization library has a price.
        char[] all = new char[char.MaxValue + 1];
        for (int c = 0; c < all.Length; c++)
            all[c] = char.IsSurrogate((char)c) ? ' ' : (char)c;
        char[] lower = new char[all.Length];
        ((ReadOnlySpan<char>)all).ToLowerInvariant(lower);
        for (int c = 0xD800; c <= 0xDFFF; c++)
            lower[c] = (char)c;
        return lower;
    }

    private static CharTraits Compute(int c)
    {
        CharTraits traits = CharUnicodeInfo.GetUnicodeCategory(c) switch
        {
            UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
                or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter => CharTraits.Letter | CharTraits.Word,
            UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber => CharTraits.Number | CharTraits.Word,
            UnicodeCategory.OtherNumber => CharTraits.Number,
            UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark
                or UnicodeCategory.ConnectorPunctuation => CharTraits.Word,
            _ => CharTraits.None,
        };
        traits |= OldCategories.Of(c);
        if (c <= char.MaxValue && char.IsWhiteSpace((char)c))
            traits |= CharTraits.WhiteSpace;
        if (c < 128 && (char.IsPunctuation((char)c) || char.IsSymbol((char)c)))
            traits |= CharTraits.Punctuation;
        if (IsOtherAlphabetic(c) || c is 0x200C or 0x200D)
            traits |= CharTraits.Word;
        if (IsCjk(c))
            traits |= CharTraits.Cjk;
        return traits;
    }

    /// <summary>Circled and squared letters: alphabetic although symbols by category.</summary>
    private static bool IsOtherAlphabetic(int c) =>
        c is >= 0x24B6 and <= 0x24E9 or >= 0x1F130 and <= 0x1F149 or >= 0x1F150 and <= 0x1F169 or >= 0x1F170 and <= 0x1F189;

    private static bool IsCjk(int c) =>
        c is >= 0x4E00 and <= 0x9FFF or >= 0x3400 and <= 0x4DBF or >= 0x20000 and <= 0x2A6DF or >= 0x2A700 and <= 0x2B73F
            or >= 0x2B740 and <= 0x2B81F or >= 0x2B920 and <= 0x2CEAF or >= 0xF900 and <= 0xFAFF or >= 0x2F800 and <= 0x2FA1F;
}
