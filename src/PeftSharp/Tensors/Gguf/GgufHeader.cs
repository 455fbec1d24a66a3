using System.Numerics;

namespace PeftSharp.Tensors.Gguf;

/// <summary>
/// The header of a GGUF file: <c>GGUF</c>, version, counts, metadata, then name, shape, type and place of each tensor.
/// Every rule of the format is enforced here, so that whoever holds a header may trust its offsets.
/// </summary>
/// <remarks>Format: <see href="https://github.com/ggml-org/ggml/blob/master/docs/gguf.md"/>.</remarks>
internal sealed class GgufHeader
{
    /// <summary>"GGUF" in little-endian order.</summary>
    public const uint Magic = 0x46554747;

    /// <summary>The key that says at multiples of what tensors lie.</summary>
    public const string AlignmentKey = "general.alignment";

    /// <summary>Where there is no such key.</summary>
    public const uint DefaultAlignment = 32;

    /// <summary>The most bytes of a metadata key.</summary>
    public const int MaximumKey = 65_535;

    /// <summary>The most bytes of a tensor name here; the format's own limit of 64 is passed by some writers.</summary>
    public const int MaximumName = 512;

    /// <summary>The most sizes of a tensor.</summary>
    public const int MaximumRank = 4;

    /// <summary>The most tensors, and the most metadata entries; the largest models have thousands of the ones and hundreds of the others.</summary>
    public const int MaximumCount = 1_000_000;

    // A key of one character, a type and a byte; a name of one character, a rank, a type and an offset.
    private const int LeastEntry = 8 + 1 + 4 + 1, LeastTensor = 8 + 1 + 4 + 4 + 8;

    private GgufHeader(uint version, uint alignment, GgufMetadata metadata, IReadOnlyList<GgufTensorInfo> tensors) =>
        (Version, Alignment, Metadata, Tensors) = (version, alignment, metadata, tensors);

    /// <summary>2 or 3.</summary>
    public uint Version { get; }

    /// <summary>Tensors lie at multiples of this from the start of the data.</summary>
    public uint Alignment { get; }

    /// <summary>In the order of the file.</summary>
    public GgufMetadata Metadata { get; }

    /// <summary>In the order of the file.</summary>
    public IReadOnlyList<GgufTensorInfo> Tensors { get; }

    /// <summary>Reads and checks a header.</summary>
    /// <exception cref="InvalidDataException">A rule of the format is broken; the message says which, and at which byte.</exception>
    public static GgufHeader Read(MappedFile file)
    {
        GgufCursor cursor = new(file);
        uint version = ReadVersion(cursor);
        int tensorCount = cursor.ReadCount("the number of tensors", LeastTensor, MaximumCount);
        int entryCount = cursor.ReadCount("the number of metadata entries", LeastEntry, MaximumCount);
        GgufMetadata metadata = new(file.Path);
        uint alignment = DefaultAlignment;
        for (int i = 0; i < entryCount; i++)
        {
            long at = cursor.Position;
            string key = ReadName(cursor, $"key {i} of the metadata", MaximumKey);
            GgufValueType type = (GgufValueType)cursor.ReadUInt32($"the type of {Shown.Quote(key)}");
            object value = cursor.ReadValue(type, Shown.Quote(key));
            if (metadata.Has(key))
                throw cursor.Bad(at, $"the metadata have {Shown.Quote(key)} twice");
            metadata.Add(key, value);
            if (key == AlignmentKey)
                alignment = value is uint power && BitOperations.IsPow2(power)
                    ? power
                    : throw cursor.Bad(at, $"{AlignmentKey} is {Shown.Quote($"{value}")} ({type}), and must be a power of two as UInt32");
        }
        return new GgufHeader(version, alignment, metadata, ReadTensors(cursor, tensorCount, alignment, file.Length));
    }

    private static uint ReadVersion(GgufCursor cursor)
    {
        if (cursor.Left < 4 || cursor.ReadUInt32("the magic number") is var magic && magic != Magic)
            throw cursor.Bad(0, "not a GGUF file: it does not begin with \"GGUF\"");
        uint version = cursor.ReadUInt32("the version");
        return version switch
        {
            2 or 3 => version,
            1 => throw cursor.Bad(4, "GGUF version 1 is not supported; convert the file with a llama.cpp of 2023 or get a newer one"),
            _ when version != 0 && (version & 0xFFFF) == 0 => throw cursor.Bad(4, "a big-endian GGUF file, which is not supported"),
            _ => throw cursor.Bad(4, $"GGUF version {version} is not supported; supported are 2 and 3"),
        };
    }

    private static List<GgufTensorInfo> ReadTensors(GgufCursor cursor, int count, uint alignment, long fileLength)
    {
        List<(GgufTensorInfo Tensor, long At)> tensors = [];
        HashSet<string> names = new(StringComparer.Ordinal);
        for (int i = 0; i < count; i++)
        {
            long at = cursor.Position;
            GgufTensorInfo tensor = ReadTensor(cursor, i, alignment);
            if (!names.Add(tensor.Name))
                throw cursor.Bad(at, $"there are two tensors {Shown.Quote(tensor.Name)}");
            tensors.Add((tensor, at));
        }
        Int128 start = Aligned(cursor.Position, alignment);
        foreach ((GgufTensorInfo tensor, long at) in tensors)
            if (tensor.ByteLength > 0 && start + tensor.Offset + tensor.ByteLength > fileLength)
                throw cursor.Bad(at, $"tensor {Shown.Quote(tensor.Name)} lies at {tensor.Offset} to {(Int128)tensor.Offset + tensor.ByteLength} of {(start > fileLength ? 0 : fileLength - start)} data bytes: the file is cut short or the offset is wrong");
        CheckOverlaps(cursor, tensors);
        return tensors.ConvertAll(pair => pair.Tensor.ByteLength > 0
            ? pair.Tensor with { Offset = (long)start + pair.Tensor.Offset }
            : pair.Tensor with { Offset = (long)Int128.Min(start, fileLength) });
    }

    private static GgufTensorInfo ReadTensor(GgufCursor cursor, int index, uint alignment)
    {
        long at = cursor.Position;
        string name = ReadName(cursor, $"the name of tensor {index}", MaximumName);
        string shown = Shown.Quote(name);
        uint rank = cursor.ReadUInt32($"the number of sizes of tensor {shown}");
        if (rank > MaximumRank)
            throw cursor.Bad(at, $"tensor {shown} has {rank} sizes, more than {MaximumRank}");
        long[] shape = new long[rank];
        for (int d = (int)rank - 1; d >= 0; d--)
        {
            ulong size = cursor.ReadUInt64($"the sizes of tensor {shown}");
            shape[d] = size <= long.MaxValue ? (long)size : throw cursor.Bad(at, $"tensor {shown} has the size {size}");
        }
        GgmlType type = (GgmlType)cursor.ReadUInt32($"the type of tensor {shown}");
        if (!type.IsKnown())
            throw cursor.Bad(at, $"tensor {shown} has the unknown type {(uint)type}");
        ulong offset = cursor.ReadUInt64($"the offset of tensor {shown}");
        if (offset > long.MaxValue || offset % alignment != 0)
            throw cursor.Bad(at, $"tensor {shown} lies at data byte {offset}, which is no multiple of the alignment {alignment}");

        // Sizes of 0 count as 1 here: torch computes strides that way, and they must not overflow either. A value takes up to 8 bytes.
        Int128 product = 8;
        foreach (long size in shape)
        {
            product *= Math.Max(size, 1);
            if (product > long.MaxValue)
                throw cursor.Bad(at, $"the sizes [{string.Join(", ", shape)}] of tensor {shown} overflow");
        }
        long values = shape.Contains(0) ? 0 : (long)(product / 8), row = rank == 0 ? 1 : shape[^1];
        if (row % type.BlockSize() != 0)
            throw cursor.Bad(at, $"tensor {shown} has rows of {row} values, and {type} packs {type.BlockSize()} at a time");
        return new GgufTensorInfo(name, type, Array.AsReadOnly(shape), (long)offset, type.BytesOf(values));
    }

    private static void CheckOverlaps(GgufCursor cursor, List<(GgufTensorInfo Tensor, long At)> tensors)
    {
        (GgufTensorInfo Tensor, long At)? before = null;
        foreach ((GgufTensorInfo Tensor, long At) next in tensors.Where(pair => pair.Tensor.ByteLength > 0).OrderBy(pair => pair.Tensor.Offset))
        {
            if (before is { } last && next.Tensor.Offset < last.Tensor.Offset + last.Tensor.ByteLength)
                throw cursor.Bad(next.At, $"tensor {Shown.Quote(next.Tensor.Name)} lies over tensor {Shown.Quote(last.Tensor.Name)}");
            before = next;
        }
    }

    private static string ReadName(GgufCursor cursor, string what, int most)
    {
        long at = cursor.Position;
        string name = cursor.ReadString(what);
        if (name.Length == 0)
            throw cursor.Bad(at, $"{what} is empty");
        if (name.Length > most)
            throw cursor.Bad(at, $"{what} has {name.Length} characters, more than {most}");
        return name;
    }

    private static Int128 Aligned(long position, uint alignment) => ((Int128)position + alignment - 1) / alignment * alignment;
}
