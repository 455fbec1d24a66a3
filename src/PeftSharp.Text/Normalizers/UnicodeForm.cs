using System.Buffers;
using System.Text;
using PeftSharp.Text.Loading;
using PeftSharp.Text.Pipeline;

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
            if (stretch.IsNormalized(form))
                continue;
            text.Keep(kept, start - kept);
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

    private static void Rewrite(NormalizedText text, int start, ReadOnlySpan<char> stretch, NormalizationForm form)
    {
        using RuneList result = RuneList.Normalized(stretch, form);
        using RuneList sources = RuneList.Of(stretch);
        int[] changes = ArrayPool<int>.Shared.Rent(result.Count);
        FormAlignment.CountChanges(sources, result, form, changes);

        // The rule of Hugging Face: a character with a change of 0 or less stands for the next source character, and −n
        // swallows n more; one with a change above 0 was inserted and shares the origin of the character before.
        int at = 0;
        for (int i = 0; i < result.Count; i++)
        {
            int source = Math.Min(changes[i] > 0 ? Math.Max(at - 1, 0) : at, sources.Count - 1);
            int sourceStart = start + sources.Offset(source);
            text.Emit(result[i], sourceStart, sourceStart + sources[source].Utf16SequenceLength);
            if (changes[i] <= 0)
                at += 1 - changes[i];
        }
        ArrayPool<int>.Shared.Return(changes);
    }
}
