using System.Runtime.CompilerServices;

namespace PeftSharp.Text.Pipeline;

/// <summary>
/// A growing text in which every UTF-16 unit knows the range of the original text it came from. As long as the units
/// still stand one for one on consecutive original units (nearly always), only the first position is stored.
/// </summary>
internal sealed class AlignedText
{
    private char[] _chars = new char[256];
    private int[] _starts = [];
    private int[] _ends = [];
    private bool _identity = true;
    private int _base;

    public int Length { get; private set; }

    public ReadOnlySpan<char> Chars => _chars.AsSpan(0, Length);

    /// <summary>For edits that replace units one for one.</summary>
    public Span<char> MutableChars => _chars.AsSpan(0, Length);

    /// <summary>How long the text may grow: a file may not blow a short text up without end.</summary>
    public int Limit { get; set; } = int.MaxValue;

    public void Clear()
    {
        Length = 0;
        _base = 0;
        _identity = true;
    }

    public void Reset(ReadOnlySpan<char> text, int originalStart)
    {
        Clear();
        Grow(text.Length);
        text.CopyTo(_chars);
        Length = text.Length;
        _base = originalStart;
    }

    /// <summary>Where the unit at <paramref name="index"/> starts in the original text.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Start(int index) => _identity ? _base + index : _starts[index];

    /// <summary>Where the unit at <paramref name="index"/> ends in the original text.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int End(int index) => _identity ? _base + index + 1 : _ends[index];

    public void Append(char c, int start, int end)
    {
        if (_identity)
        {
            if (Length == 0)
                _base = start;
            if (start == _base + Length && end == start + 1)
            {
                Grow(1);
                _chars[Length++] = c;
                return;
            }
            Materialize();
        }
        Grow(1);
        _chars[Length] = c;
        _starts[Length] = start;
        _ends[Length++] = end;
    }

    /// <summary>Appends a part of another text unchanged.</summary>
    public void Append(AlignedText source, int start, int length)
    {
        if (length == 0)
            return;
        if (_identity && source._identity)
        {
            if (Length == 0)
                _base = source._base + start;
            if (source._base + start == _base + Length)
            {
                Grow(length);
                source._chars.AsSpan(start, length).CopyTo(_chars.AsSpan(Length));
                Length += length;
                return;
            }
        }
        for (int i = start; i < start + length; i++)
            Append(source._chars[i], source.Start(i), source.End(i));
    }

    /// <summary>Appends a part of another text and hands it out to be changed unit for unit.</summary>
    public Span<char> AppendForEdit(AlignedText source, int start, int length)
    {
        int at = Length;
        Append(source, start, length);
        return _chars.AsSpan(at, length);
    }

    /// <summary>Gives memory back after an unusually long text.</summary>
    public void Trim(int capacity)
    {
        if (_chars.Length <= capacity)
            return;
        Clear();
        _chars = new char[256];
        _starts = [];
        _ends = [];
    }

    private void Materialize()
    {
        _identity = false;
        if (_starts.Length < _chars.Length)
        {
            _starts = new int[_chars.Length];
            _ends = new int[_chars.Length];
        }
        for (int i = 0; i < Length; i++)
        {
            _starts[i] = _base + i;
            _ends[i] = _base + i + 1;
        }
    }

    private void Grow(int extra)
    {
        int needed = checked(Length + extra);
        if (needed > Limit)
            throw new InvalidDataException(
                $"The tokenizer's normalizer or pre-tokenizer makes the text longer than {Limit:N0} characters; "
                + "that is out of proportion to the input, so the tokenizer file is not sound.");
        if (needed > _chars.Length)
            Array.Resize(ref _chars, Math.Max(needed, _chars.Length * 2));
        if (!_identity && _starts.Length < _chars.Length)
        {
            Array.Resize(ref _starts, _chars.Length);
            Array.Resize(ref _ends, _chars.Length);
        }
    }
}
