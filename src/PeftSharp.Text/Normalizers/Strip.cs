using PeftSharp.Text.Loading;
using PeftSharp.Text.Pipeline;
using PeftSharp.Text.Unicode;

namespace PeftSharp.Text.Normalizers;

/// <summary>Takes whitespace away at the ends.</summary>
internal sealed class Strip : INormalizer
{
    private readonly bool _left;
    private readonly bool _right;

    public Strip(bool left, bool right)
    {
        _left = left;
        _right = right;
    }

    public static Strip Read(JsonPart part)
    {
        part.AllowOnly("type", "strip_left", "strip_right");
        return new Strip(part.Get("strip_left").Bool(), part.Get("strip_right").Bool());
    }

    public void Apply(NormalizedText text)
    {
        ReadOnlySpan<char> chars = text.Chars;
        int start = 0, end = chars.Length;
        while (_left && start < end && IsSpace(chars[start]))
            start++;
        while (_right && end > start && IsSpace(chars[end - 1]))
            end--;
        if (end - start == chars.Length)
            return;
        text.Keep(start, end - start);
        text.Commit();
    }

    private static bool IsSpace(char c) => (CharTable.Of(c) & CharTraits.WhiteSpace) != 0;
}
