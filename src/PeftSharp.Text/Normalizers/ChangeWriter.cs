using System.Text;
using PeftSharp.Text.Pipeline;
using PeftSharp.Text.Unicode;

namespace PeftSharp.Text.Normalizers;

/// <summary>
/// Writes normalized characters in the way Hugging Face's library counts them: one with a change of 0 or less stands for
/// the next source character, and −n swallows n more; one with a change above 0 was inserted and shares the origin of
/// the source character before.
/// </summary>
internal struct ChangeWriter
{
    private readonly NormalizedText _text;
    private readonly int _end;
    private int _at;
    private int _before = -1;

    // For the characters of the text from start to end, which all are replaced.
    public ChangeWriter(NormalizedText text, int start, int end)
    {
        _text = text;
        _at = start;
        _end = end;
    }

    public void Write(Rune rune, int change)
    {
        if (change > 0 || _at >= _end)
        {
            if (_before < 0)
                _text.EmitInFront(rune);
            else
                _text.Emit(rune, _before, _at);
            return;
        }
        int start = _at;
        Advance();
        _text.Emit(rune, start, _at);
        for (int i = change; i < 0 && _at < _end; i++)
            Advance();
    }

    private void Advance()
    {
        CharTable.RuneAt(_text.Chars, _at, out int length);
        _before = _at;
        _at += length;
    }
}
