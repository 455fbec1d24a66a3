namespace PeftSharp.Tensors;

/// <summary>What a checkpoint says about one tensor, without reading its values.</summary>
/// <param name="Name">Its key, such as <c>encoder.layer.0.attention.self.query.weight</c>.</param>
/// <param name="DType">Its element type.</param>
/// <param name="Shape">Its sizes, slowest first; empty for a scalar.</param>
/// <param name="Offset">Where its first byte lies, from the start of its file.</param>
/// <param name="ByteLength">How many bytes it takes.</param>
public sealed record TensorInfo(string Name, StoredDType DType, IReadOnlyList<long> Shape, long Offset, long ByteLength)
{
    /// <summary>The number of elements.</summary>
    public long ElementCount => ByteLength / DType.ByteSize();

    /// <inheritdoc />
    public override string ToString() => $"{Name}: {DType} [{string.Join(", ", Shape)}]";
}
