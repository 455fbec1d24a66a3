using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace PeftSharp.Tensors.Gguf;

/// <summary>Reads the header of a GGUF file from front to back. Nothing is allocated for what the file does not hold.</summary>
internal sealed class GgufCursor(MappedFile file)
{
    /// <summary>The most bytes that a header may have; vocabularies of a million tokens take less.</summary>
    public const long MaximumHeader = 100_000_000;

    private const int MaximumDepth = 8;
    private static readonly UTF8Encoding _utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private readonly byte[] _buffer = new byte[(int)Math.Min(1 << 16, Math.Max(file.Length, 1))];
    private long _bufferStart;
    private int _bufferLength;

    /// <summary>Where the next value lies, from the start of the file.</summary>
    public long Position { get; private set; }

    /// <summary>The bytes that are left.</summary>
    public long Left => file.Length - Position;

    public uint ReadUInt32(string what)
    {
        Span<byte> bytes = stackalloc byte[4];
        Read(bytes, what);
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes);
    }

    public ulong ReadUInt64(string what)
    {
        Span<byte> bytes = stackalloc byte[8];
        Read(bytes, what);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    /// <summary>A number of things that take at least so many bytes each, so that a lie shows before anything is allocated.</summary>
    public int ReadCount(string what, int leastBytes, long most = MaximumHeader)
    {
        long at = Position;
        ulong count = ReadUInt64(what);
        if (count > (ulong)(Left / leastBytes))
            throw Bad(at, $"{what} is {count}, and the {Left} bytes that follow hold {Left / leastBytes} at most");
        if (count > (ulong)most)
            throw Bad(at, $"{what} is {count}, more than the {most} that are allowed");
        return (int)count;
    }

    public string ReadString(string what)
    {
        long at = Position;
        int length = ReadCount($"the length of {what}", 1);
        if (length == 0)
            return "";
        byte[]? large = length > 512 ? new byte[length] : null;
        Span<byte> bytes = large ?? stackalloc byte[length];
        Read(bytes, what);
        try
        {
            return _utf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw Bad(at, $"{what} is not UTF-8");
        }
    }

    /// <summary>A value of a type.</summary>
    public object ReadValue(GgufValueType type, string what, int depth = 0) => type switch
    {
        GgufValueType.UInt8 => ReadNumbers<byte>(1, what)[0],
        GgufValueType.Int8 => ReadNumbers<sbyte>(1, what)[0],
        GgufValueType.UInt16 => ReadNumbers<ushort>(1, what)[0],
        GgufValueType.Int16 => ReadNumbers<short>(1, what)[0],
        GgufValueType.UInt32 => ReadNumbers<uint>(1, what)[0],
        GgufValueType.Int32 => ReadNumbers<int>(1, what)[0],
        GgufValueType.Float32 => ReadNumbers<float>(1, what)[0],
        GgufValueType.Bool => ReadFlags(1, what)[0],
        GgufValueType.String => ReadString(what),
        GgufValueType.Array => ReadArray(what, depth),
        GgufValueType.UInt64 => ReadNumbers<ulong>(1, what)[0],
        GgufValueType.Int64 => ReadNumbers<long>(1, what)[0],
        GgufValueType.Float64 => ReadNumbers<double>(1, what)[0],
        _ => throw Bad(Position - 4, $"{what} has the unknown type {(uint)type}"),
    };

    /// <summary>The error for something at a place.</summary>
    public InvalidDataException Bad(long at, string what) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{file.Path}: at byte {at}: {what}."));

    private GgufArray ReadArray(string what, int depth)
    {
        long at = Position;
        if (depth == MaximumDepth)
            throw Bad(at, $"{what} has arrays in arrays, more than {MaximumDepth} deep");
        GgufValueType type = (GgufValueType)ReadUInt32($"the element type of {what}");
        if (!Enum.IsDefined(type))
            throw Bad(at, $"{what} is an array of the unknown type {(uint)type}");
        int count = ReadCount($"the length of {what}", type.LeastBytes());
        return new GgufArray(type switch
        {
            GgufValueType.UInt8 => ReadNumbers<byte>(count, what),
            GgufValueType.Int8 => ReadNumbers<sbyte>(count, what),
            GgufValueType.UInt16 => ReadNumbers<ushort>(count, what),
            GgufValueType.Int16 => ReadNumbers<short>(count, what),
            GgufValueType.UInt32 => ReadNumbers<uint>(count, what),
            GgufValueType.Int32 => ReadNumbers<int>(count, what),
            GgufValueType.Float32 => ReadNumbers<float>(count, what),
            GgufValueType.Bool => ReadFlags(count, what),
            GgufValueType.String => ReadEach(count, () => ReadString(what)),
            GgufValueType.Array => ReadEach(count, () => ReadArray(what, depth + 1)),
            GgufValueType.UInt64 => ReadNumbers<ulong>(count, what),
            GgufValueType.Int64 => ReadNumbers<long>(count, what),
            _ => ReadNumbers<double>(count, what),
        });
    }

    private static T[] ReadEach<T>(int count, Func<T> read)
    {
        if (count == 0)
            return [];
        T[] items = new T[count];
        for (int i = 0; i < count; i++)
            items[i] = read();
        return items;
    }

    private T[] ReadNumbers<T>(int count, string what)
        where T : unmanaged
    {
        if ((long)count * Unsafe.SizeOf<T>() > Left)
            throw CutShort(what);
        if (count == 0)
            return [];
        T[] numbers = new T[count];
        Read(MemoryMarshal.AsBytes(numbers.AsSpan()), what);
        return numbers;
    }

    private bool[] ReadFlags(int count, string what)
    {
        long at = Position;
        byte[] bytes = ReadNumbers<byte>(count, what);
        bool[] flags = new bool[count];
        for (int i = 0; i < count; i++)
            flags[i] = bytes[i] <= 1 ? bytes[i] == 1 : throw Bad(at + i, $"{what} is {bytes[i]}, and a truth value is 0 or 1");
        return flags;
    }

    private void Read(Span<byte> into, string what)
    {
        if (into.Length > Left)
            throw CutShort(what);
        if (Position + into.Length > MaximumHeader)
            throw Bad(Position, $"the header goes on past {MaximumHeader} bytes, more than are allowed");
        while (into.Length > 0)
        {
            int within = (int)(Position - _bufferStart);
            if (within >= _bufferLength)
            {
                Refill();
                within = 0;
            }
            int take = Math.Min(into.Length, _bufferLength - within);
            _buffer.AsSpan(within, take).CopyTo(into);
            into = into[take..];
            Position += take;
        }
    }

    private void Refill()
    {
        _bufferStart = Position;
        _bufferLength = file.ReadUpTo(_buffer, Position);
        if (_bufferLength == 0)
            throw new InvalidDataException($"{file.Path}: the file became shorter while it was read.");
    }

    private InvalidDataException CutShort(string what) => Bad(Position, $"the file ends within {what}");
}
