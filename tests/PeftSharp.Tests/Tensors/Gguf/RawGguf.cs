using System.Text;

namespace PeftSharp.Tests.Tensors.Gguf;

/// <summary>Builds GGUF files with whatever is wrong in them.</summary>
internal sealed class RawGguf
{
    public uint Magic { get; set; } = 0x46554747;

    public uint Version { get; set; } = 3;

    public ulong? TensorCount { get; set; }

    public ulong? EntryCount { get; set; }

    public uint Alignment { get; set; } = 32;

    /// <summary>Key, type, and the bytes of the value.</summary>
    public List<(byte[] Key, uint Type, byte[] Value)> Entries { get; } = [];

    public List<RawTensor> Tensors { get; } = [];

    public RawGguf With(string key, uint type, byte[] value)
    {
        Entries.Add((Encoding.UTF8.GetBytes(key), type, value));
        return this;
    }

    public RawGguf With(RawTensor tensor)
    {
        Tensors.Add(tensor);
        return this;
    }

    public byte[] ToBytes(int dataLength = 0)
    {
        using MemoryStream stream = new();
        using BinaryWriter writer = new(stream);
        writer.Write(Magic);
        writer.Write(Version);
        writer.Write(TensorCount ?? (ulong)Tensors.Count);
        writer.Write(EntryCount ?? (ulong)Entries.Count);
        foreach ((byte[] key, uint type, byte[] value) in Entries)
        {
            writer.Write((ulong)key.Length);
            writer.Write(key);
            writer.Write(type);
            writer.Write(value);
        }
        foreach (RawTensor tensor in Tensors)
        {
            byte[] name = Encoding.UTF8.GetBytes(tensor.Name);
            writer.Write((ulong)name.Length);
            writer.Write(name);
            writer.Write(tensor.Rank ?? (uint)tensor.Sizes.Length);
            foreach (ulong size in tensor.Sizes)
                writer.Write(size);
            writer.Write(tensor.Type);
            writer.Write(tensor.Offset);
        }
        while (stream.Position % Alignment != 0)
            writer.Write((byte)0);
        writer.Write(new byte[dataLength]);
        return stream.ToArray();
    }

    public static byte[] Text(string text) => [.. BitConverter.GetBytes((ulong)Encoding.UTF8.GetByteCount(text)), .. Encoding.UTF8.GetBytes(text)];

    public static byte[] Array(uint type, ulong count, params byte[] items) => [.. BitConverter.GetBytes(type), .. BitConverter.GetBytes(count), .. items];
}

/// <summary>A tensor's entry; sizes in the order of the file, fastest first.</summary>
internal sealed record RawTensor(string Name, ulong[] Sizes, uint Type, ulong Offset, uint? Rank = null);
