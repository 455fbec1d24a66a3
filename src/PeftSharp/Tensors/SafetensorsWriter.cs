using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using PeftSharp.IO;
using TorchSharp;

namespace PeftSharp.Tensors;

/// <summary>
/// Writes safetensors files, byte for byte as <c>safetensors.torch.save_file</c> does: compact JSON with the metadata first,
/// tensors by falling <see cref="StoredDType"/> and then by the UTF-8 bytes of their names, spaces up to a multiple of 8,
/// then the values.
/// </summary>
public static class SafetensorsWriter
{
    private static readonly UTF8Encoding _utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Writes a file: to a temporary sibling, flushed, renamed. The tensors stay the caller's.</summary>
    /// <param name="path">The file to create or replace.</param>
    /// <param name="tensors">Any order, device and layout in memory; tensors that share memory are each written out.</param>
    /// <param name="metadata">Written in the order given; Hugging Face's libraries expect <c>format=pt</c>. Null leaves the entry out.</param>
    /// <exception cref="ArgumentException">A name is used twice or is reserved, or the format has no such dtype.</exception>
    /// <exception cref="IOException">The disk is full or the file cannot be written; an old file of that name is untouched.</exception>
    public static void Write(string path, IEnumerable<(string Name, torch.Tensor Tensor)> tensors, IEnumerable<KeyValuePair<string, string>>? metadata = null)
    {
        List<Entry> entries = Order(tensors);
        byte[] header = Header(entries, metadata);
        AtomicFile.Write(path, stream => Write(stream, header, entries));
    }

    private static void Write(Stream stream, byte[] header, List<Entry> entries)
    {
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        stream.Write(length);
        stream.Write(header);
        foreach (Entry entry in entries)
            WriteValues(stream, entry.Tensor, entry.DType.ByteSize());
    }

    private static void WriteValues(Stream stream, torch.Tensor tensor, int size)
    {
        // Spans end at 2 GiB, and a copy of a strided or remote tensor should stay small beside it.
        const long Piece = 1 << 26;
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable noGrad = torch.no_grad();
        torch.Tensor flat = tensor.detach().cpu().contiguous().view(-1);
        long count = flat.NumberOfElements, step = Piece / size;
        for (long at = 0; at < count; at += step)
        {
            using torch.Tensor part = flat.narrow(0, at, Math.Min(step, count - at));
            stream.Write(part.bytes);
        }
    }

    private static List<Entry> Order(IEnumerable<(string Name, torch.Tensor Tensor)> tensors)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        List<Entry> entries = [];
        HashSet<string> names = new(StringComparer.Ordinal);
        foreach ((string name, torch.Tensor tensor) in tensors)
        {
            if (name == SafetensorsHeader.MetadataKey)
                throw new ArgumentException($"A tensor cannot be named {SafetensorsHeader.MetadataKey}.", nameof(tensors));
            if (!names.Add(name))
                throw new ArgumentException($"Two tensors are named {Shown.Quote(name)}.", nameof(tensors));
            StoredDType dtype = tensor.dtype.ToStoredDType()
                ?? throw new ArgumentException($"Tensor {Shown.Quote(name)} has dtype {tensor.dtype}, which safetensors cannot hold.", nameof(tensors));
            entries.Add(new Entry(name, Bytes(name), dtype, tensor));
        }
        entries.Sort((a, b) => a.DType != b.DType ? b.DType.CompareTo(a.DType) : a.Key.AsSpan().SequenceCompareTo(b.Key));
        return entries;
    }

    private static byte[] Header(List<Entry> entries, IEnumerable<KeyValuePair<string, string>>? metadata)
    {
        StringBuilder json = new("{");
        if (metadata is not null)
        {
            json.Append('"').Append(SafetensorsHeader.MetadataKey).Append("\":{");
            HashSet<string> keys = new(StringComparer.Ordinal);
            foreach ((string key, string value) in metadata)
            {
                if (!keys.Add(key))
                    throw new ArgumentException($"The metadata have {Shown.Quote(key)} twice.", nameof(metadata));
                if (keys.Count > 1)
                    json.Append(',');
                AppendString(json, key);
                json.Append(':');
                AppendString(json, value);
            }
            json.Append("},");
        }
        long offset = 0;
        foreach (Entry entry in entries)
        {
            AppendString(json, entry.Name);
            long end = offset + entry.Tensor.NumberOfElements * entry.DType.ByteSize();
            json.Append(CultureInfo.InvariantCulture, $":{{\"dtype\":\"{entry.DType}\",\"shape\":[{string.Join(',', entry.Tensor.shape)}],\"data_offsets\":[{offset},{end}]}},");
            offset = end;
        }
        if (json[^1] == ',')
            json.Length--;
        byte[] bytes = _utf8.GetBytes(json.Append('}').ToString());
        if (bytes.Length > SafetensorsHeader.MaximumLength)
            throw new ArgumentException($"The header takes {bytes.Length} bytes, more than the {SafetensorsHeader.MaximumLength} that readers accept.", nameof(entries));
        int padded = (bytes.Length + 7) / 8 * 8, used = bytes.Length;
        Array.Resize(ref bytes, padded);
        bytes.AsSpan(used).Fill((byte)' ');
        return bytes;
    }

    /// <summary>A JSON string with nothing escaped that need not be, as Rust's serde_json writes it.</summary>
    private static void AppendString(StringBuilder json, string text)
    {
        Bytes(text);
        json.Append('"');
        foreach (char c in text)
        {
            switch (c)
            {
                case '"': json.Append("\\\""); break;
                case '\\': json.Append("\\\\"); break;
                case '\b': json.Append("\\b"); break;
                case '\f': json.Append("\\f"); break;
                case '\n': json.Append("\\n"); break;
                case '\r': json.Append("\\r"); break;
                case '\t': json.Append("\\t"); break;
                case < ' ': json.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"); break;
                default: json.Append(c); break;
            }
        }
        json.Append('"');
    }

    private static byte[] Bytes(string text)
    {
        try
        {
            return _utf8.GetBytes(text);
        }
        catch (EncoderFallbackException e)
        {
            throw new ArgumentException($"The name {Shown.Quote(text)} is not valid text.", nameof(text), e);
        }
    }

    private sealed record Entry(string Name, byte[] Key, StoredDType DType, torch.Tensor Tensor);
}
