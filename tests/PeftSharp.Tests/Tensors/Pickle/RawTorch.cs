using System.Text;
using PeftSharp.Tensors;

namespace PeftSharp.Tests.Tensors.Pickle;

/// <summary>Files as <c>torch.save</c> lays them out, around any pickle and any bytes.</summary>
internal static class RawTorch
{
    /// <summary>The zip archive: data.pkl, byteorder and the storages, aligned to 64 as torch aligns them.</summary>
    public static byte[] Zip(byte[] pickle, params (string Key, byte[] Data)[] storages) =>
        RawZip.Of([("archive/data.pkl", pickle), ("archive/byteorder", "little"u8.ToArray()), .. storages.Select(s => ($"archive/data/{s.Key}", s.Data))]);

    /// <summary>The layout before version 1.6.</summary>
    public static byte[] Legacy(byte[] pickle, params (string Key, long Count, byte[] Data)[] storages)
    {
        RawPickle keys = RawPickle.Of().Op("](");
        foreach ((string key, _, _) in storages)
            keys.Text(key);
        return
        [
            .. LegacyHead(), .. pickle, .. keys.Op("e").Stop(),
            .. storages.SelectMany(s => (byte[])[.. RawPickle.Little(s.Count, 8), .. s.Data]),
        ];
    }

    /// <summary>Magic number, protocol version and the description of the machine.</summary>
    public static byte[] LegacyHead(bool littleEndian = true) =>
    [
        .. RawPickle.Of().Raw(0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19).Stop(),
        .. RawPickle.Of().Op("M").Raw(0xE9, 0x03).Stop(),
        .. RawPickle.Of().Op("}(").Text("protocol_version").Int(1001).Text("little_endian").Raw((byte)(littleEndian ? 0x88 : 0x89))
            .Text("type_sizes").Op("}(").Text("short").Int(2).Text("int").Int(4).Text("long").Int(4).Op("uu").Stop(),
    ];

    /// <summary>The tensors of a file, as <c>torch.save</c> would write them in either layout.</summary>
    public static byte[] StateDict(SafetensorsFile file, bool legacy = false)
    {
        RawPickle pickle = RawPickle.Of().Global("collections", "OrderedDict").Op(")R(");
        List<(string, byte[])> zip = [];
        List<(string, long, byte[])> old = [];
        foreach (string name in file.Names)
        {
            TensorInfo info = file.Info(name);
            string type = info.DType == StoredDType.I64 ? "LongStorage" : "FloatStorage", key = $"{zip.Count}";
            long[] strides = [.. info.Shape.Select((_, axis) => info.Shape.Skip(axis + 1).Aggregate(1L, (a, b) => a * b))];
            pickle.Text(name).Tensor(p => legacy ? p.OldStorage(type, key, info.ElementCount) : p.Storage(type, key, info.ElementCount), 0, [.. info.Shape], strides);
            zip.Add((key, file.ReadBytes(name)));
            old.Add((key, info.ElementCount, file.ReadBytes(name)));
        }
        byte[] saved = pickle.Op("u").Stop();
        return legacy ? Legacy(saved, [.. old]) : Zip(saved, [.. zip]);
    }

    public static byte[] Floats(params float[] values) => [.. values.SelectMany(BitConverter.GetBytes)];
}

/// <summary>Zip archives of stored entries, with every field open to be wrong.</summary>
internal sealed class RawZip
{
    public int Method { get; init; }
    public int Flags { get; init; }
    public bool Zip64 { get; init; }
    public Func<string, string>? LocalName { get; init; }
    public Func<long, long>? Size { get; init; }
    public Func<long, long>? Offset { get; init; }
    public Func<int, int>? Count { get; init; }
    public byte[] Comment { get; init; } = [];

    public static byte[] Of(IEnumerable<(string Name, byte[] Data)> entries) => new RawZip().Write(entries);

    public byte[] Write(IEnumerable<(string Name, byte[] Data)> entries)
    {
        List<byte> file = [], table = [];
        int count = 0;
        foreach ((string name, byte[] data) in entries)
        {
            long local = file.Count, size = Size?.Invoke(data.Length) ?? data.Length;
            byte[] here = Encoding.UTF8.GetBytes(LocalName?.Invoke(name) ?? name);
            int padding = (64 - (file.Count + 30 + here.Length + 4) % 64) % 64;
            Add(file, 0x04034B50, 4); Add(file, 20, 2); Add(file, Flags, 2); Add(file, Method, 2); Add(file, 0, 8); Add(file, size, 4); Add(file, size, 4);
            Add(file, here.Length, 2); Add(file, padding + 4, 2);
            file.AddRange(here);
            Add(file, 0x4246, 2); Add(file, padding, 2);
            file.AddRange(new byte[padding]);
            file.AddRange(data);
            count++;

            local = Offset?.Invoke(local) ?? local;
            byte[] central = Encoding.UTF8.GetBytes(name);
            Add(table, 0x02014B50, 4); Add(table, 20, 2); Add(table, 20, 2); Add(table, Flags, 2); Add(table, Method, 2); Add(table, 0, 8);
            Add(table, Zip64 ? uint.MaxValue : size, 4); Add(table, Zip64 ? uint.MaxValue : size, 4);
            Add(table, central.Length, 2); Add(table, Zip64 ? 28 : 0, 2); Add(table, 0, 2); Add(table, 0, 8);
            Add(table, Zip64 ? uint.MaxValue : local, 4);
            table.AddRange(central);
            if (!Zip64)
                continue;
            Add(table, 1, 2); Add(table, 24, 2); Add(table, size, 8); Add(table, size, 8); Add(table, local, 8);
        }
        int start = file.Count;
        count = Count?.Invoke(count) ?? count;
        file.AddRange(table);
        if (Zip64)
        {
            int end = file.Count;
            Add(file, 0x06064B50, 4); Add(file, 44, 8); Add(file, 45, 2); Add(file, 45, 2); Add(file, 0, 8); Add(file, count, 8); Add(file, count, 8);
            Add(file, table.Count, 8); Add(file, start, 8);
            Add(file, 0x07064B50, 4); Add(file, 0, 4); Add(file, end, 8); Add(file, 1, 4);
        }
        Add(file, 0x06054B50, 4); Add(file, 0, 4); Add(file, Zip64 ? 0xFFFF : count, 2); Add(file, Zip64 ? 0xFFFF : count, 2);
        Add(file, Zip64 ? uint.MaxValue : table.Count, 4); Add(file, Zip64 ? uint.MaxValue : start, 4); Add(file, Comment.Length, 2);
        file.AddRange(Comment);
        return [.. file];
    }

    private static void Add(List<byte> bytes, long value, int length) => bytes.AddRange(RawPickle.Little(value, length));
}
