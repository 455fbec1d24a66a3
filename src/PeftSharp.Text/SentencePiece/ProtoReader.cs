using System.Buffers.Binary;

namespace PeftSharp.Text.SentencePiece;

/// <summary>
/// Reads the fields of one protobuf message in order: numbers, four-byte floats, and stretches of bytes (strings and
/// messages within). Every length is held against what is left.
/// </summary>
internal ref struct ProtoReader
{
    private readonly string _name;
    private ReadOnlySpan<byte> _rest;
    private int _wire;

    /// <param name="message">The bytes of the message.</param>
    /// <param name="name">How errors call the file.</param>
    public ProtoReader(ReadOnlySpan<byte> message, string name)
    {
        _rest = message;
        _name = name;
    }

    /// <summary>The number of the next field, or false at the end. One of the readers below must follow.</summary>
    public bool Next(out int field)
    {
        field = 0;
        if (_rest.IsEmpty)
            return false;
        ulong tag = Varint();
        (_wire, ulong number) = ((int)(tag & 7), tag >> 3);
        if (number is 0 or > int.MaxValue)
            throw Unsound("a field has no sound number");
        field = (int)number;
        return true;
    }

    /// <summary>A whole number; negative ones stand in two's complement.</summary>
    public long Number()
    {
        Require(0);
        return (long)Varint();
    }

    public bool Flag() => Number() != 0;

    public float Float()
    {
        Require(5);
        return BinaryPrimitives.ReadSingleLittleEndian(Take(4));
    }

    public ReadOnlySpan<byte> Bytes()
    {
        Require(2);
        ulong length = Varint();
        return length <= (ulong)_rest.Length ? Take((int)length) : throw Unsound("it is cut off");
    }

    public void Skip()
    {
        switch (_wire)
        {
            case 0:
                Varint();
                break;
            case 1:
                Take(8);
                break;
            case 2:
                Bytes();
                break;
            case 5:
                Take(4);
                break;
            default:
                throw Unsound($"a field of kind {_wire}");
        }
    }

    private readonly void Require(int wire)
    {
        if (_wire != wire)
            throw Unsound("a field is of another kind than it should be");
    }

    private ReadOnlySpan<byte> Take(int length)
    {
        if (length > _rest.Length)
            throw Unsound("it is cut off");
        ReadOnlySpan<byte> taken = _rest[..length];
        _rest = _rest[length..];
        return taken;
    }

    private ulong Varint()
    {
        ulong value = 0;
        for (int i = 0; i < Math.Min(10, _rest.Length); i++)
        {
            value |= (ulong)(_rest[i] & 0x7F) << (7 * i);
            if (_rest[i] >= 0x80)
                continue;
            _rest = _rest[(i + 1)..];
            return value;
        }
        throw Unsound(_rest.Length < 10 ? "it is cut off" : "a number has too many bytes");
    }

    private readonly InvalidDataException Unsound(string why) => new($"{_name}: no sound SentencePiece model: {why}.");
}
