using System.Text;
using PeftSharp.Text.Patterns;

namespace PeftSharp.Text.Pipeline;

/// <summary>
/// The text that normalizers and pre-tokenizers rewrite. An edit walks over <see cref="Chars"/> in order, says for every
/// stretch whether to <see cref="Keep"/> it or what to <see cref="Emit(char, int, int)"/> in its place, and ends with
/// <see cref="Commit"/>. Positions are those of <see cref="Chars"/>; origins follow by themselves.
/// </summary>
internal sealed class NormalizedText
{
    private AlignedText _current = new();
    private AlignedText _edited = new();
    private int _originalStart;

    /// <summary>The time that expressions may take on this text.</summary>
    public TimeBudget Budget { get; } = new();

    /// <summary>What a step's pattern found; every step begins with none.</summary>
    public List<TextMatch> Matches { get; } = [];

    public ReadOnlySpan<char> Chars => _current.Chars;

    /// <summary>For edits that replace units one for one, in place.</summary>
    public Span<char> MutableChars => _current.MutableChars;

    public int Length => _current.Length;

    /// <summary>Length of the edit so far.</summary>
    public int EditedLength => _edited.Length;

    public void Reset(ReadOnlySpan<char> text, int originalStart)
    {
        // 18 is the largest expansion that Unicode has (NFKC of U+FDFA), 3 that of bytes; the rest is margin.
        _current.Limit = _edited.Limit = (int)Math.Min(int.MaxValue / 4, 65_536 + (128L * text.Length));
        _current.Reset(text, originalStart);
        _edited.Clear();
        _originalStart = originalStart;
    }

    public int OriginalStart(int index) => _current.Start(index);

    public int OriginalEnd(int index) => _current.End(index);

    public void Keep(int start, int length) => _edited.Append(_current, start, length);

    /// <summary>Keeps a stretch and hands it out to be changed unit for unit.</summary>
    public Span<char> KeepForEdit(int start, int length) => _edited.AppendForEdit(_current, start, length);

    /// <summary>Writes a unit that stands for the units from <paramref name="sourceStart"/> to <paramref name="sourceEnd"/> (exclusive).</summary>
    public void Emit(char c, int sourceStart, int sourceEnd) =>
        _edited.Append(c, _current.Start(sourceStart), _current.End(sourceEnd - 1));

    public void Emit(ReadOnlySpan<char> chars, int sourceStart, int sourceEnd)
    {
        int start = _current.Start(sourceStart), end = _current.End(sourceEnd - 1);
        foreach (char c in chars)
            _edited.Append(c, start, end);
    }

    public void Emit(Rune rune, int sourceStart, int sourceEnd)
    {
        Span<char> units = stackalloc char[2];
        Emit(units[..rune.EncodeToUtf16(units)], sourceStart, sourceEnd);
    }

    /// <summary>Writes a character that stands for nothing, in front of the original text.</summary>
    public void EmitInFront(Rune rune)
    {
        Span<char> units = stackalloc char[2];
        foreach (char c in units[..rune.EncodeToUtf16(units)])
            _edited.Append(c, _originalStart, _originalStart);
    }

    public void Commit()
    {
        (_current, _edited) = (_edited, _current);
        _edited.Clear();
    }

    public void Trim(int capacity)
    {
        _current.Trim(capacity);
        _edited.Trim(capacity);
    }
}
