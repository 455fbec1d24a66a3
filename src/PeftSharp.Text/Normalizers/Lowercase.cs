using PeftSharp.Text.Loading;
using PeftSharp.Text.Pipeline;
using PeftSharp.Text.Unicode;

namespace PeftSharp.Text.Normalizers;

/// <summary>Full Unicode lower case, character by character (no final sigma, no locale).</summary>
internal sealed class Lowercase : INormalizer
{
    private const char DottedCapitalI = '\u0130';

    public static Lowercase Read(JsonPart part)
    {
        part.AllowOnly("type");
        return new Lowercase();
    }

    public void Apply(NormalizedText text) => Lower(text);

    public static void Lower(NormalizedText text)
    {
        if (text.Chars.Contains(DottedCapitalI))
            ExpandDottedI(text);
        Span<char> chars = text.MutableChars;
        for (int i = 0; i < chars.Length; i++)
        {
            char c = chars[i];
            if (!char.IsHighSurrogate(c))
                chars[i] = CharTable.ToLower(c);
            else
                CharTable.ToLower(CharTable.RuneAt(chars, i++, out _)).EncodeToUtf16(chars[(i - 1)..]);
        }
    }

    /// <summary>The one character whose lower case is two: i and a combining dot.</summary>
    private static void ExpandDottedI(NormalizedText text)
    {
        ReadOnlySpan<char> chars = text.Chars;
        for (int i = 0; i < chars.Length; i++)
        {
            if (chars[i] == DottedCapitalI)
                text.Emit("i\u0307", i, i + 1);
            else
                text.Keep(i, 1);
        }
        text.Commit();
    }
}
