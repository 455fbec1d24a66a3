using System.Runtime.InteropServices;
using PeftSharp.Tensors.Gguf.Blocks;
using TorchSharp;

namespace PeftSharp.Tensors.Gguf;

/// <summary>A tensor to be written to a GGUF file. Its values are asked for when their turn comes, so that a large model need not be in memory at once.</summary>
public sealed class GgufTensor
{
    private readonly Action<Stream> _write;

    private GgufTensor(string name, GgmlType type, IReadOnlyList<long> shape, Action<Stream> write) =>
        (Name, Type, Shape, _write) = (name, type, shape, write);

    /// <summary>Its name, such as <c>blk.0.attn_q.weight</c>.</summary>
    public string Name { get; }

    /// <summary>How its values are stored.</summary>
    public GgmlType Type { get; }

    /// <summary>Its sizes, slowest first.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>The bytes it takes.</summary>
    public long ByteLength => Type.BytesOf(Shape.Aggregate(1L, (product, size) => product * size));

    /// <summary>The types that values can be written as.</summary>
    public static bool CanWrite(GgmlType type) => BlockEncoder.Knows(type);

    /// <summary>Values to be encoded.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="type">F32, F16, BF16, Q8_0, Q4_0 or Q4_1.</param>
    /// <param name="shape">The sizes, slowest first; rows must be whole blocks.</param>
    /// <param name="load">Gives the values, of any float dtype; disposed after use.</param>
    /// <exception cref="ArgumentException">The type cannot be written, or the rows are no whole blocks.</exception>
    public static GgufTensor Encode(string name, GgmlType type, IReadOnlyList<long> shape, Func<torch.Tensor> load)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(shape);
        if (!CanWrite(type))
            throw new ArgumentException($"Tensor {Shown.Quote(name)}: {type} cannot be written; it is one of F32, F16, BF16, Q8_0, Q4_0, Q4_1.", nameof(type));
        if ((shape.Count == 0 ? 1 : shape[^1]) % type.BlockSize() != 0)
            throw new ArgumentException($"Tensor {Shown.Quote(name)} has rows of {(shape.Count == 0 ? 1 : shape[^1])} values, and {type} packs {type.BlockSize()} at a time.", nameof(shape));
        return new GgufTensor(name, type, shape, stream => WriteValues(stream, name, type, shape, load));
    }

    /// <summary>A tensor of another file, byte for byte, of any type.</summary>
    /// <param name="file">Must stay open until the tensor is written.</param>
    /// <param name="name">The tensor in that file.</param>
    /// <param name="newName">Its name in the new one; null keeps it.</param>
    public static GgufTensor Copy(GgufFile file, string name, string? newName = null)
    {
        ArgumentNullException.ThrowIfNull(file);
        GgufTensorInfo tensor = file.Tensor(name);
        return new GgufTensor(newName ?? name, tensor.Type, tensor.Shape, stream =>
        {
            byte[] piece = new byte[1 << 18];
            for (long at = 0; at < tensor.ByteLength; at += piece.Length)
            {
                Span<byte> part = piece.AsSpan(0, (int)Math.Min(piece.Length, tensor.ByteLength - at));
                file.ReadBytes(tensor, at, part);
                stream.Write(part);
            }
        });
    }

    /// <summary>Writes the bytes.</summary>
    internal void Write(Stream stream) => _write(stream);

    private static void WriteValues(Stream stream, string name, GgmlType type, IReadOnlyList<long> shape, Func<torch.Tensor> load)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable noGrad = torch.no_grad();
        torch.Tensor values = load();
        if (!values.shape.SequenceEqual(shape))
            throw new ArgumentException($"Tensor {Shown.Quote(name)} is [{string.Join(", ", values.shape)}] and was announced as [{string.Join(", ", shape)}].", nameof(load));
        torch.Tensor flat = values.detach().cpu().contiguous().view(-1);
        const int Piece = 1 << 18;
        byte[] blocks = new byte[type.BytesOf(Piece)];
        for (long at = 0; at < flat.NumberOfElements; at += Piece)
        {
            using torch.Tensor part = flat.narrow(0, at, Math.Min(Piece, flat.NumberOfElements - at));
            using torch.Tensor floats = part.to(torch.ScalarType.Float32);
            Span<byte> to = blocks.AsSpan(0, (int)type.BytesOf(floats.NumberOfElements));
            if (!BlockEncoder.Encode(type, MemoryMarshal.Cast<byte, float>(floats.bytes), to))
                throw new PeftException($"Tensor {Shown.Quote(name)} has values that {type} cannot hold; write it as F32 or BF16.");
            stream.Write(to);
        }
    }
}
