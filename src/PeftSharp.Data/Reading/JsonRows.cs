using System.Text.Json;
using System.Text.Unicode;

namespace PeftSharp.Data;

/// <summary>
/// A <c>.json</c> file: one array of objects. A file that starts with an object instead is read as JSONL, which is what
/// many data sets call <c>.json</c>.
/// </summary>
internal static class JsonRows
{
    private const long LargestFile = 1L << 30;

    public static IEnumerable<DataRow> Read(string path) => FirstByte(path) == '{' ? JsonlRows.Read(path) : ReadArray(path);

    private static IEnumerable<DataRow> ReadArray(string path)
    {
        byte[] bytes = Load(path);
        JsonRowBuilder builder = new();
        Cursor cursor = new(path, bytes);
        bool any = false;
        while (cursor.Next())
        {
            any = true;
            yield return builder.Row(cursor.Place, cursor.Element);
        }

        if (!any)
            throw new InvalidDataException($"{path} holds an empty array.");
    }

    private static byte[] Load(string path)
    {
        long length = new FileInfo(path).Length;
        if (length > LargestFile)
            throw new InvalidDataException($"{path} is {length >> 20} MiB, too large for one JSON array; write it as JSONL, one object a line.");
        byte[] bytes = File.ReadAllBytes(path);
        if (bytes.AsSpan().StartsWith(Utf8Lines.Strict.Preamble))
            bytes = bytes[Utf8Lines.Strict.Preamble.Length..];
        if (!Utf8.IsValid(bytes))
            _ = Utf8Lines.Read(path).Count(); // throws on the line at fault
        if (bytes.AsSpan().Trim(" \t\r\n"u8).IsEmpty)
            throw new InvalidDataException($"{path} is empty.");
        return bytes;
    }

    private static int FirstByte(string path)
    {
        using BufferedStream file = new(File.OpenRead(path), 4096);
        int at, seen = 0;
        do
            at = file.ReadByte();
        while (at is ' ' or '\t' or '\r' or '\n' || (seen++ < 3 && at is 0xEF or 0xBB or 0xBF));
        return at;
    }

    /// <summary>Walks over the elements of the array, counting lines.</summary>
    private sealed class Cursor(string path, byte[] bytes)
    {
        private JsonReaderState _state;
        private int _offset;
        private int _counted;
        private long _line = 1;

        public RowPlace Place { get; private set; } = new(path, 1);

        public ReadOnlyMemory<byte> Element { get; private set; }

        public bool Next()
        {
            Utf8JsonReader reader = new(bytes.AsSpan(_offset), isFinalBlock: true, _state);
            try
            {
                if (_offset == 0 && (!reader.Read() || reader.TokenType != JsonTokenType.StartArray))
                    throw new InvalidDataException($"{path}: a .json file of rows must be one array, [{{...}}, ...], or one object a line.");
                reader.Read();
                if (reader.TokenType == JsonTokenType.EndArray)
                {
                    // Reads to the end: anything but white space after the array is an error.
                    return reader.Read();
                }

                int start = _offset + (int)reader.TokenStartIndex;
                CountTo(start);
                reader.Skip();
                int end = _offset + (int)reader.BytesConsumed;
                Element = bytes.AsMemory(start, end - start);
                (_offset, _state) = (end, reader.CurrentState);
                return true;
            }
            catch (JsonException bad)
            {
                CountTo(Math.Min(bytes.Length, _offset + (int)reader.BytesConsumed));
                throw Place.Error(JsonRowBuilder.Explain(bad), bad);
            }
        }

        private void CountTo(int position)
        {
            _line += bytes.AsSpan(_counted, position - _counted).Count((byte)'\n');
            _counted = position;
            Place = new(path, _line);
        }
    }
}
