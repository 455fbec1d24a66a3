using System.Collections;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;
using PeftSharp.IO;

namespace PeftSharp.Tensors.Gguf;

/// <summary>Writes GGUF files, version 3, as gguf-py lays them out: metadata and tensors in the order given, each tensor padded to the alignment.</summary>
public static class GgufWriter
{
    // What ggml's own reader accepts.
    private const int MaximumName = 63;
    private static readonly UTF8Encoding _utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Writes a file: to a temporary sibling, flushed, renamed.</summary>
    /// <param name="path">The file to create or replace.</param>
    /// <param name="metadata">Written in its order; <c>general.alignment</c> in it (32 if there is none) is obeyed.</param>
    /// <param name="tensors">Written in this order.</param>
    /// <exception cref="ArgumentException">A name is used twice, is empty or too long, or the alignment is no power of two.</exception>
    /// <exception cref="PeftException">A value cannot be held by its tensor's type.</exception>
    /// <exception cref="IOException">The disk is full or the file cannot be written; an old file of that name is untouched.</exception>
    public static void Write(string path, GgufMetadata metadata, IReadOnlyList<GgufTensor> tensors)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        ArgumentNullException.ThrowIfNull(tensors);
        uint alignment = AlignmentOf(metadata);
        byte[] header = Header(metadata, tensors, alignment);
        AtomicFile.Write(path, stream =>
        {
            stream.Write(header);
            foreach (GgufTensor tensor in tensors)
            {
                long start = stream.Position;
                tensor.Write(stream);
                if (stream.Position - start != tensor.ByteLength)
                    throw new InvalidOperationException($"Tensor {Shown.Quote(tensor.Name)} wrote {stream.Position - start} bytes instead of {tensor.ByteLength}.");
                Pad(stream, alignment);
            }
        });
    }

    private static uint AlignmentOf(GgufMetadata metadata)
    {
        if (!metadata.TryGet(GgufHeader.AlignmentKey, out object? value))
            return GgufHeader.DefaultAlignment;
        return value is uint alignment && BitOperations.IsPow2(alignment)
            ? alignment
            : throw new ArgumentException($"{GgufHeader.AlignmentKey} must be a power of two as UInt32, not {value}.", nameof(metadata));
    }

    private static byte[] Header(GgufMetadata metadata, IReadOnlyList<GgufTensor> tensors, uint alignment)
    {
        using MemoryStream header = new();
        Put(header, GgufHeader.Magic);
        Put(header, 3u);
        Put(header, (ulong)tensors.Count);
        Put(header, (ulong)metadata.Count);
        foreach ((string key, object value) in metadata)
        {
            PutText(header, key);
            Put(header, (uint)GgufValueTypes.Of(value.GetType())!.Value);
            PutValue(header, value);
        }
        HashSet<string> names = new(StringComparer.Ordinal);
        ulong offset = 0;
        foreach (GgufTensor tensor in tensors)
        {
            if (!names.Add(tensor.Name))
                throw new ArgumentException($"Two tensors are named {Shown.Quote(tensor.Name)}.", nameof(tensors));
            if (_utf8.GetByteCount(tensor.Name) > MaximumName || tensor.Shape.Count > GgufHeader.MaximumRank)
                throw new ArgumentException($"Tensor {Shown.Quote(tensor.Name)} has a name of more than {MaximumName} bytes or more than {GgufHeader.MaximumRank} sizes.", nameof(tensors));
            PutText(header, tensor.Name);
            Put(header, (uint)tensor.Shape.Count);
            foreach (long size in tensor.Shape.Reverse())
                Put(header, (ulong)size);
            Put(header, (uint)tensor.Type);
            Put(header, offset);
            offset += ((ulong)tensor.ByteLength + alignment - 1) / alignment * alignment;
        }
        Pad(header, alignment);
        return header.ToArray();
    }

    private static void PutValue(Stream stream, object value)
    {
        switch (value)
        {
            case string text: PutText(stream, text); break;
            case bool flag: Put(stream, flag); break;
            case byte number: Put(stream, number); break;
            case sbyte number: Put(stream, number); break;
            case ushort number: Put(stream, number); break;
            case short number: Put(stream, number); break;
            case uint number: Put(stream, number); break;
            case int number: Put(stream, number); break;
            case float number: Put(stream, number); break;
            case ulong number: Put(stream, number); break;
            case long number: Put(stream, number); break;
            case double number: Put(stream, number); break;
            case GgufArray array:
                Put(stream, (uint)array.ElementType);
                Put(stream, (ulong)array.Count);
                foreach (object item in (IEnumerable)array.Items)
                    PutValue(stream, item);
                break;
        }
    }

    private static void PutText(Stream stream, string text)
    {
        byte[] bytes = _utf8.GetBytes(text);
        Put(stream, (ulong)bytes.Length);
        stream.Write(bytes);
    }

    private static void Put<T>(Stream stream, T number)
        where T : unmanaged =>
        stream.Write(MemoryMarshal.AsBytes(MemoryMarshal.CreateReadOnlySpan(ref number, 1)));

    private static void Pad(Stream stream, uint alignment)
    {
        long left = (alignment - stream.Position % alignment) % alignment;
        Span<byte> zeros = stackalloc byte[64];
        zeros.Clear();
        for (; left > 0; left -= zeros.Length)
            stream.Write(zeros[..(int)Math.Min(left, zeros.Length)]);
    }
}
