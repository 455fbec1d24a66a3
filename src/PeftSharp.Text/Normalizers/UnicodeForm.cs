using System.Buffers;
using System.Text;
using PeftSharp.Text.Loading;
using PeftSharp.Text.Pipeline;
using PeftSharp.Text.Unicode;

namespace PeftSharp.Text.Normalizers;

/// <summary>NFC, NFD, NFKC and NFKD, with the origin of every character.</summary>
internal sealed class UnicodeForm : INormalizer
{
    private readonly NormalizationForm _form;

    public UnicodeForm(NormalizationForm form) => _form = form;

    public static Func<JsonPart, INormalizer> Reader(NormalizationForm form) => part =>
    {
        part.AllowOnly("type");
        return new UnicodeForm(form);
    };

    public void Apply(NormalizedText text) => Apply(text, _form);

    public static void Apply(NormalizedText text, NormalizationForm form)
    {
        if (Ascii.IsValid(text.Chars))
            return;
        // A stretch starts at the ASCII character before a non-ASCII one (which may combine with it) and ends at the next
        // ASCII character; nothing composes or moves across such a border. U+FFFE is no character and the platform
        // refuses to normalize it, so it is a border too.
        ReadOnlySpan<char> chars = text.Chars;
        int kept = 0, start;
        for (int at = 0; (start = FindStretch(chars, at, out int end)) < chars.Length; at = end)
        {
            ReadOnlySpan<char> stretch = chars[start..end];
            Verdict verdict = Judge(stretch, form);
            if (verdict == Verdict.Unchanged || (verdict == Verdict.AskPlatform && stretch.IsNormalized(form)))
                continue;
            text.Keep(kept, start - kept);
            if (verdict == Verdict.DecomposeEach)
                DecomposeEach(text, start, stretch, form);
            else
                Rewrite(text, start, stretch, form);
            kept = end;
        }
        if (kept == 0)
            return;
        text.Keep(kept, chars.Length - kept);
        text.Commit();
    }

    private static int FindStretch(ReadOnlySpan<char> chars, int from, out int end)
    {
        int start = from;
        while (start < chars.Length && (chars[start] < 0x80 || chars[start] == '\uFFFE'))
            start++;
        end = start;
        while (end < chars.Length && chars[end] >= 0x80 && chars[end] != '\uFFFE')
            end++;
        return start > from && start < chars.Length && chars[start - 1] < 0x80 ? start - 1 : start;
    }

    private enum Verdict
    {
        Unchanged,
        DecomposeEach,
        AskPlatform,
    }

    /// <summary>Settles the usual cases without the platform.</summary>
    private static Verdict Judge(ReadOnlySpan<char> stretch, NormalizationForm form)
    {
        if (form == NormalizationForm.FormC)
            return IsPlainlyComposed(stretch) ? Verdict.Unchanged : Verdict.AskPlatform;
        if (form == NormalizationForm.FormKC)
            return Verdict.AskPlatform;

        // Decomposing is a matter of single characters, unless marks of different characters meet and may change places.
        Decompositions decompositions = Decompositions.For(form);
        bool changed = false, afterMark = false;
        foreach (Rune rune in stretch.EnumerateRunes())
        {
            string parts = decompositions.Of(rune);
            if (afterMark && IsMarkLike(parts[0]))
                return Verdict.AskPlatform;
            afterMark = IsMarkLike(parts[^1]);
            changed |= !Is(parts, rune);
        }
        return changed ? Verdict.DecomposeEach : Verdict.Unchanged;
    }

    private static bool Is(string parts, Rune rune)
    {
        Span<char> units = stackalloc char[2];
        return parts.AsSpan().SequenceEqual(units[..rune.EncodeToUtf16(units)]);
    }

    /// <summary>Marks, and some characters that are none; beyond the basic plane everything.</summary>
    private static bool IsMarkLike(char c) => char.IsSurrogate(c)
        || (CharTable.Of(c) & (CharTraits.Word | CharTraits.Letter | CharTraits.Number | CharTraits.Punctuation)) == CharTraits.Word;

    /// <summary>Whether all characters are of ranges where none composes, decomposes or moves: Latin, Cyrillic, Han, Hangul syllables.</summary>
    private static bool IsPlainlyComposed(ReadOnlySpan<char> stretch)
    {
        foreach (char c in stretch)
            if (c is not (< '\u0300' or >= '\u0400' and <= '\u0482' or >= '\u048A' and <= '\u052F'
                or >= '\u3400' and <= '\u9FFF' or >= '\uAC00' and <= '\uD7A3'))
                return false;
        return true;
    }

    private static void DecomposeEach(NormalizedText text, int start, ReadOnlySpan<char> stretch, NormalizationForm form)
    {
        Decompositions decompositions = Decompositions.For(form);
        int at = start;
        foreach (Rune rune in stretch.EnumerateRunes())
        {
            int next = at + rune.Utf16SequenceLength;
            text.Emit(decompositions.Of(rune), at, next);
            at = next;
        }
    }

    private static void Rewrite(NormalizedText text, int start, ReadOnlySpan<char> stretch, NormalizationForm form)
    {
        using RuneList result = RuneList.Normalized(stretch, form);
        using RuneList sources = RuneList.Of(stretch);
        int[] changes = ArrayPool<int>.Shared.Rent(result.Count);
        FormAlignment.CountChanges(sources, result, form, changes);

        ChangeWriter writer = new(text, start, start + stretch.Length);
        for (int i = 0; i < result.Count; i++)
            writer.Write(result[i], changes[i]);
        ArrayPool<int>.Shared.Return(changes);
    }
}
