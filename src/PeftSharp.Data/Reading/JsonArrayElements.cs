using System.Text.Json;
using System.Text.Unicode;

namespace PeftSharp.Data;

/// <summary>The elements of a file that is one JSON array, one after another: no more than one of them is in memory.</summary>
internal sealed class JsonArrayElements(string path) : IDisposable
{
    private readonly FileStream _file = Utf8Lines.Open(path);
    private byte[] _buffer = new byte[1 << 16];
    private int _start, _end;
    private bool _atEnd, _opened;
    private JsonReaderState _state;
    private int _counted;
    private long _line = 1;

    /// <summary>Where the element begins.</summary>
    public RowPlace Place { get; private set; } = new(path, 1);

    /// <summary>The element's bytes, valid until the next one is asked for.</summary>
    public ReadOnlyMemory<byte> Element { get; private set; }

    /// <summary>Goes on to the next element; false after the last one.</summary>
    /// <exception cref="InvalidDataException">The file is not one array, or an element is longer than 64 MiB.</exception>
    public bool Next()
    {
        while (true)
        {
            if (TryNext() is { } found)
                return found;
            Fill();
        }
    }

    public void Dispose() => _file.Dispose();

    /// <summary>True for an element, false at the end of the array, null where the buffer holds too little of either.</summary>
    private bool? TryNext()
    {
        if (!_opened && !SkipMark())
            return null;
        Utf8JsonReader reader = new(_buffer.AsSpan(_start, _end - _start), _atEnd, _state);
        try
        {
            if (!_opened)
            {
                if (!reader.Read())
                    return null;
                if (reader.TokenType != JsonTokenType.StartArray)
                    throw new InvalidDataException($"{path}: a .json file of rows must be one array, [{{...}}, ...], or one object a line.");
                _opened = true;
                Commit(ref reader);
                reader = new(_buffer.AsSpan(_start, _end - _start), _atEnd, _state);
            }
            if (!reader.Read())
                return null;
            if (reader.TokenType == JsonTokenType.EndArray)
                // Anything but white space after the array is an error.
                return _atEnd ? reader.Read() : null;
            int first = (int)reader.TokenStartIndex;
            if (!reader.TrySkip())
                return null;
            CountTo(_start + first);
            Element = _buffer.AsMemory(_start + first, (int)reader.BytesConsumed - first);
            if (!Utf8.IsValid(Element.Span))
                Utf8Lines.Decode(Element.Span, Place);
            Commit(ref reader);
            return true;
        }
        catch (JsonException bad)
        {
            CountTo(Math.Min(_end, _start + (int)reader.BytesConsumed));
            throw Place.Error(JsonRowBuilder.Explain(bad), bad);
        }
    }

    /// <summary>Passes over a byte order mark; false where there are too few bytes to tell.</summary>
    private bool SkipMark()
    {
        if (_end - _start < Utf8Lines.Strict.Preamble.Length && !_atEnd)
            return false;
        if (_start == 0 && _buffer.AsSpan(0, _end).StartsWith(Utf8Lines.Strict.Preamble))
            _start = _counted = Utf8Lines.Strict.Preamble.Length;
        return true;
    }

    private void Commit(ref Utf8JsonReader reader)
    {
        CountTo(_start + (int)reader.BytesConsumed, place: false);
        _state = reader.CurrentState;
        _start += (int)reader.BytesConsumed;
    }

    private void Fill()
    {
        if (_start > 0)
        {
            CountTo(_start, place: false);
            Buffer.BlockCopy(_buffer, _start, _buffer, 0, _end - _start);
            (_counted, _end, _start) = (_counted - _start, _end - _start, 0);
        }
        else if (_end == _buffer.Length)
        {
            if (_buffer.Length > Utf8Lines.LongestLine)
                throw Place.Error($"one element of the array is longer than {Utf8Lines.LongestLine >> 20} MiB; is this a file of rows?");
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }
        // As much as there is room for, so that an element is looked at only as often as the buffer doubles.
        int read = _file.ReadAtLeast(_buffer.AsSpan(_end), _buffer.Length - _end, throwOnEndOfStream: false);
        _end += read;
        _atEnd = _end < _buffer.Length;
    }

    private void CountTo(int position, bool place = true)
    {
        if (position > _counted)
        {
            _line += _buffer.AsSpan(_counted, position - _counted).Count((byte)'\n');
            _counted = position;
        }
        if (place)
            Place = new(path, _line);
    }
}
