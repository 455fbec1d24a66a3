namespace PeftSharp.Tensors.Gguf;

/// <summary>What a GGUF file says of one tensor.</summary>
/// <param name="Name">Its name, such as <c>blk.0.attn_q.weight</c>.</param>
/// <param name="Type">How its values are stored.</param>
/// <param name="Shape">Its sizes, slowest first (the file has them the other way round).</param>
/// <param name="Offset">Where its first byte lies, from the start of the file.</param>
/// <param name="ByteLength">The bytes it takes in the file.</param>
public sealed record GgufTensorInfo(string Name, GgmlType Type, IReadOnlyList<long> Shape, long Offset, long ByteLength)
{
    /// <summary>The number of values.</summary>
    public long ElementCount => ByteLength / Type.BlockBytes() * Type.BlockSize();

    /// <summary>As any checkpoint says it: values of block types count as the float32 numbers that they are loaded as.</summary>
    internal TensorInfo ToTensorInfo() => Type.ToStoredDType() is { } plain
        ? new(Name, plain, Shape, Offset, ByteLength)
        : new(Name, StoredDType.F32, Shape, Offset, ElementCount * 4) { Packing = Type.ToString(), StoredByteLength = ByteLength };
}
