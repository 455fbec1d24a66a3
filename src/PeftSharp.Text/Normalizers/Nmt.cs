using System.Text;
using PeftSharp.Text.Loading;
using PeftSharp.Text.Pipeline;

namespace PeftSharp.Text.Normalizers;

/// <summary>SentencePiece's cleaning for machine translation: control characters go, separators of all sorts become spaces.</summary>
internal sealed class Nmt : INormalizer
{
    public static Nmt Read(JsonPart part)
    {
        part.AllowOnly("type");
        return new Nmt();
    }

    public void Apply(NormalizedText text)
    {
        CharFilter.DropWhere(text, static rune => IsDropped(rune));
        foreach (ref char c in text.MutableChars)
            if (IsSpace(c))
                c = ' ';
    }

    private static bool IsDropped(Rune rune) =>
        rune.Value is >= 0x01 and <= 0x08 or 0x0B or >= 0x0E and <= 0x1F or 0x7F or 0x8F or 0x9F;

    private static bool IsSpace(char c) =>
        c is '\t' or '\n' or '\f' or '\r' or '\u1680' or >= '\u200B' and <= '\u200F' or '\u2028' or '\u2029' or '\u2581'
            or '\uFEFF' or '\uFFFD';
}
