using System.Buffers;
using System.Text;

namespace PeftSharp.Text.Normalizers;

/// <summary>The characters of a short text and where each starts, in rented memory.</summary>
internal sealed class RuneList : IDisposable
{
    private Rune[] _runes = [];
    private int[] _offsets = [];

    private RuneList()
    {
    }

    public int Count { get; private set; }

    public Rune this[int index] => _runes[index];

    public static RuneList Of(ReadOnlySpan<char> text)
    {
        RuneList list = new();
        list.Fill(text);
        return list;
    }

    public static RuneList Normalized(ReadOnlySpan<char> text, NormalizationForm form)
    {
        char[] buffer = ArrayPool<char>.Shared.Rent(text.GetNormalizedLength(form));
        if (!text.TryNormalize(buffer, out int written, form))
            throw new InvalidOperationException("The platform's normalization needs more room than it asked for.");
        RuneList list = Of(buffer.AsSpan(0, written));
        ArrayPool<char>.Shared.Return(buffer);
        return list;
    }

    /// <summary>Where the character starts, in UTF-16 units.</summary>
    public int Offset(int index) => _offsets[index];

    public void Dispose()
    {
        ArrayPool<Rune>.Shared.Return(_runes);
        ArrayPool<int>.Shared.Return(_offsets);
    }

    private void Fill(ReadOnlySpan<char> text)
    {
        _runes = ArrayPool<Rune>.Shared.Rent(text.Length);
        _offsets = ArrayPool<int>.Shared.Rent(text.Length);
        int offset = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            _runes[Count] = rune;
            _offsets[Count++] = offset;
            offset += rune.Utf16SequenceLength;
        }
    }
}
