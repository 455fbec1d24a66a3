using System.Text;
using PeftSharp.Text.Pipeline;
using PeftSharp.Text.Unicode;

namespace PeftSharp.Text.Normalizers;

/// <summary>Dropping characters.</summary>
internal static class CharFilter
{
    /// <summary>Drops every character that has one of the traits.</summary>
    public static void Drop(NormalizedText text, CharTraits traits) =>
        DropWhere(text, rune => (CharTable.Of(rune) & traits) != 0);

    public static void DropWhere(NormalizedText text, Predicate<Rune> drop)
    {
        ReadOnlySpan<char> chars = text.Chars;
        int kept = 0;
        bool dropped = false;
        for (int i = 0, length; i < chars.Length; i += length)
        {
            if (!drop(CharTable.RuneAt(chars, i, out length)))
                continue;
            text.Keep(kept, i - kept);
            kept = i + length;
            dropped = true;
        }
        if (!dropped)
            return;
        text.Keep(kept, chars.Length - kept);
        text.Commit();
    }
}
