namespace PeftSharp.Tensors;

/// <summary>What a checkpoint says about one tensor, without reading its values.</summary>
/// <param name="Name">Its key, such as <c>encoder.layer.0.attention.self.query.weight</c>.</param>
/// <param name="DType">Its element type.</param>
/// <param name="Shape">Its sizes, slowest first; empty for a scalar.</param>
/// <param name="Offset">Where its first byte lies, from the start of its file.</param>
/// <param name="ByteLength">How many bytes it takes.</param>
public sealed record TensorInfo(string Name, StoredDType DType, IReadOnlyList<long> Shape, long Offset, long ByteLength)
{
    /// <summary>
    /// Where the file packs values into blocks: the format's name of them, such as <c>Q4_1</c>. <see cref="DType"/> and
    /// <see cref="ByteLength"/> are then of the values as loaded. Null where the values lie in the file as they are.
    /// </summary>
    public string? Packing { get; init; }

    /// <summary>The bytes that the tensor takes in the file.</summary>
    public long StoredByteLength { get => _stored ?? ByteLength; init => _stored = value; }

    private readonly long? _stored;

    /// <summary>The number of elements.</summary>
    public long ElementCount => ByteLength / DType.ByteSize();

    /// <inheritdoc />
    public override string ToString() => $"{Name}: {Packing ?? DType.ToString()} [{string.Join(", ", Shape)}]";
}
