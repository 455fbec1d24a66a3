using PeftSharp.Text.Unicode;

namespace PeftSharp.Text.Models;

/// <summary>Positions in UTF-8 as positions in UTF-16, asked for in ascending order. What lies behind the text is its end.</summary>
internal ref struct Utf8Walk
{
    private readonly ReadOnlySpan<char> _text;
    private int _at;
    private int _next;
    private int _nextBytes;

    public Utf8Walk(ReadOnlySpan<char> text) => _text = text;

    /// <summary>Where the character that holds the byte starts.</summary>
    public int StartOf(int bytes)
    {
        while (_nextBytes <= bytes && _next < _text.Length)
            Advance();
        return _nextBytes <= bytes ? _text.Length : _at;
    }

    /// <summary>Where the character that holds the byte before this one ends.</summary>
    public int EndOf(int bytes)
    {
        while (_nextBytes < bytes && _next < _text.Length)
            Advance();
        return _next;
    }

    private void Advance()
    {
        _at = _next;
        _nextBytes += CharTable.RuneAt(_text, _at, out int length).Utf8SequenceLength;
        _next += length;
    }
}
