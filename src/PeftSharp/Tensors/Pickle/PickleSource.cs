using System.Buffers.Binary;

namespace PeftSharp.Tensors.Pickle;

/// <summary>Reads a pickle out of a file, front to back, and never past its end.</summary>
internal sealed class PickleSource
{
    /// <summary>
    /// The longest pickle read. It holds names and shapes, no weights: a thousand tensors take about 200 KB.
    /// </summary>
    public const long MaximumLength = 64 << 20;

    private const int BufferLength = 1 << 16;
    private readonly MappedFile _file;
    private readonly byte[] _buffer = new byte[BufferLength];
    private readonly long _end, _limit;
    private long _bufferStart;
    private int _bufferLength, _at;

    /// <param name="file">Where to read.</param>
    /// <param name="start">The first byte.</param>
    /// <param name="end">One past the last byte.</param>
    public PickleSource(MappedFile file, long start, long end)
    {
        (_file, _bufferStart, _end) = (file, start, end);
        _limit = Math.Min(end, start + MaximumLength);
    }

    /// <summary>Where the next byte lies in the file.</summary>
    public long Position => _bufferStart + _at;

    /// <summary>An error that says where it is.</summary>
    public InvalidDataException Bad(string what, long at) => new($"{_file.Path}: the pickle at byte {at}: {what}.");

    /// <summary>An error at the byte after the last one read.</summary>
    public InvalidDataException Bad(string what) => Bad(what, Position);

    public byte ReadByte()
    {
        Need(1);
        return _buffer[_at++];
    }

    public ushort ReadUInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Small(2));

    public int ReadInt32() => BinaryPrimitives.ReadInt32LittleEndian(Small(4));

    public uint ReadUInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Small(4));

    public ulong ReadUInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Small(8));

    /// <summary>Big-endian, as the format has it.</summary>
    public double ReadDouble() => BinaryPrimitives.ReadDoubleBigEndian(Small(8));

    /// <summary>As many bytes as the pickle claims to have; valid until the next read.</summary>
    public ReadOnlySpan<byte> ReadBytes(ulong count)
    {
        // Checked before anything of that size is made.
        if (count > (ulong)(_limit - Position))
            throw Short(count > long.MaxValue ? long.MaxValue : (long)count);
        if (count <= BufferLength)
            return Small((int)count);
        byte[] bytes = new byte[count];
        int buffered = _bufferLength - _at;
        _buffer.AsSpan(_at, buffered).CopyTo(bytes);
        long from = Position + buffered;
        if (_file.ReadUpTo(bytes.AsSpan(buffered), from) != bytes.Length - buffered)
            throw Shrunk();
        (_bufferStart, _bufferLength, _at) = (from + bytes.Length - buffered, 0, 0);
        return bytes;
    }

    /// <summary>The bytes up to a line feed, which is read too and left out; valid until the next read.</summary>
    /// <param name="most">A longer line is an error.</param>
    public ReadOnlySpan<byte> ReadLine(int most)
    {
        long start = Position;
        Span<byte> single = stackalloc byte[1];
        List<byte> line = [];
        while ((single[0] = ReadByte()) != (byte)'\n')
        {
            if (line.Count == most)
                throw Bad($"a line of text has more than {most} bytes", start);
            line.Add(single[0]);
        }
        return line.ToArray();
    }

    private ReadOnlySpan<byte> Small(int count)
    {
        Need(count);
        ReadOnlySpan<byte> bytes = _buffer.AsSpan(_at, count);
        _at += count;
        return bytes;
    }

    private void Need(int count)
    {
        if (_bufferLength - _at >= count)
            return;
        long at = Position;
        if (count > _limit - at)
            throw Short(count);
        _bufferLength = (int)Math.Min(BufferLength, _limit - at);
        (_bufferStart, _at) = (at, 0);
        if (_file.ReadUpTo(_buffer.AsSpan(0, _bufferLength), at) != _bufferLength)
            throw Shrunk();
    }

    private InvalidDataException Short(long wanted) => _limit < _end && _limit - Position < wanted && _end - Position >= wanted
        ? Bad($"it goes on for more than the {MaximumLength} bytes allowed: names and shapes never take that much")
        : Bad($"it wants {wanted} more bytes where {_end - Position} are left: it is cut short or not a pickle");

    private InvalidDataException Shrunk() => new($"{_file.Path} has become shorter since it was opened.");
}
