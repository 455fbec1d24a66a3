using System.Buffers.Binary;
using System.Text;

namespace PeftSharp.Tests.Tensors.Pickle;

/// <summary>Pickles put together from their operations, right or wrong, as Python's pickler writes them with protocol 2.</summary>
internal sealed class RawPickle
{
    private readonly List<byte> _bytes = [];

    public byte[] Bytes => [.. _bytes];

    /// <summary>A pickle that begins with its protocol.</summary>
    public static RawPickle Of(byte protocol = 2) => new RawPickle().Raw(0x80, protocol);

    public RawPickle Raw(params byte[] bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    /// <summary>Operations or lines of text, one byte for each character.</summary>
    public RawPickle Op(string text) => Raw(Encoding.Latin1.GetBytes(text));

    public RawPickle Text(string text)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        return Op("X").Raw(Little(utf8.Length, 4)).Raw(utf8);
    }

    public RawPickle Int(long value) => value is >= 0 and <= 255
        ? Op("K").Raw((byte)value)
        : value is >= int.MinValue and <= int.MaxValue ? Op("J").Raw(Little(value, 4)) : Raw(0x8A, 8).Raw(Little(value, 8));

    public RawPickle Global(string module, string name) => Op($"c{module}\n{name}\n");

    public RawPickle Tuple(params long[] values)
    {
        Op("(");
        foreach (long value in values)
            Int(value);
        return Op("t");
    }

    /// <summary><c>("storage", type, key, "cpu", count)</c> and the operation that looks it up.</summary>
    public RawPickle Storage(string type, string key, long count) =>
        Op("(").Text("storage").Global("torch", type).Text(key).Text("cpu").Int(count).Op("tQ");

    /// <summary>The same with the sixth value of the old layout: null, or a part of the storage.</summary>
    public RawPickle OldStorage(string type, string key, long count, (string Key, long From, long Count)? part = null)
    {
        Op("(").Text("storage").Global("torch", type).Text(key).Text("cpu").Int(count);
        return part is { } p ? Op("(").Text(p.Key).Int(p.From).Int(p.Count).Op("ttQ") : Op("NtQ");
    }

    /// <summary>A tensor on the storage that <paramref name="storage"/> writes.</summary>
    public RawPickle Tensor(Func<RawPickle, RawPickle> storage, long start, long[] shape, long[] strides)
    {
        Global("torch._utils", "_rebuild_tensor_v2").Op("(");
        storage(this);
        return Int(start).Tuple(shape).Tuple(strides).Raw(0x89).Global("collections", "OrderedDict").Op(")RtR");
    }

    public RawPickle Tensor(string type, string key, long count, long start, long[] shape, long[] strides) =>
        Tensor(p => p.Storage(type, key, count), start, shape, strides);

    public byte[] Stop() => Op(".").Bytes;

    /// <summary>A dictionary of one named value.</summary>
    public static byte[] Dict(string name, Func<RawPickle, RawPickle> value) => value(Of().Op("}").Text(name)).Op("s").Stop();

    public static byte[] Little(long value, int length)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return bytes[..length];
    }
}
