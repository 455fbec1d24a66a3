using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;

namespace PeftSharp.Tensors;

/// <summary>
/// The header of a safetensors file: 8 bytes of length, little-endian, then that many bytes of JSON, then the data of all
/// tensors without gaps. Every rule of the format is enforced here, so that whoever holds a header may trust its offsets.
/// </summary>
/// <remarks>Format: <see href="https://github.com/huggingface/safetensors#format"/>.</remarks>
internal sealed class SafetensorsHeader
{
    /// <summary>The key of the metadata, which no tensor may have.</summary>
    public const string MetadataKey = "__metadata__";

    /// <summary>A longer header is refused by every reader of the format.</summary>
    public const long MaximumLength = 100_000_000;

    private const int MaximumRank = 64;
    private readonly string _file;
    private readonly long _dataStart, _dataLength;
    private readonly Dictionary<string, TensorInfo> _tensors = new(StringComparer.Ordinal);
    private readonly OrderedDictionary<string, string> _metadata = new(StringComparer.Ordinal);
    private bool _hasMetadata;

    private SafetensorsHeader(string file, long dataStart, long dataLength) => (_file, _dataStart, _dataLength) = (file, dataStart, dataLength);

    /// <summary>The tensors by name.</summary>
    public IReadOnlyDictionary<string, TensorInfo> Tensors => _tensors;

    /// <summary>The metadata in the order of the file.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _metadata;

    /// <summary>The names in the order of their data.</summary>
    public IReadOnlyList<string> Names { get; private set; } = [];

    /// <summary>True where the file has metadata, even empty ones.</summary>
    public bool HasMetadata => _hasMetadata;

    /// <summary>The length of the JSON, from the first 8 bytes of a file.</summary>
    /// <exception cref="InvalidDataException">The length cannot be right.</exception>
    public static int ReadLength(string file, ReadOnlySpan<byte> start, long fileLength)
    {
        if (start.Length < 8 || fileLength < 8)
            throw new InvalidDataException($"{file}: not a safetensors file: it has {fileLength} bytes, fewer than the 8 that hold the header's length.");
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(start);
        if (length > MaximumLength)
            throw new InvalidDataException($"{file}: not a safetensors file: its header claims {length} bytes, more than the {MaximumLength} allowed.");
        if ((long)length > fileLength - 8)
            throw new InvalidDataException($"{file}: the header claims {length} bytes, the file has {fileLength - 8} after the length: it is cut short or not a safetensors file.");
        return (int)length;
    }

    /// <summary>Reads and checks the JSON.</summary>
    /// <exception cref="InvalidDataException">A rule of the format is broken; the message says which, and for which tensor.</exception>
    public static SafetensorsHeader Parse(string file, ReadOnlySpan<byte> json, long fileLength)
    {
        SafetensorsHeader header = new(file, 8 + json.Length, fileLength - 8 - json.Length);
        if (json.Length == 0 || json[0] != (byte)'{')
            throw header.Bad("the header does not begin with \"{\"");
        if (!Utf8.IsValid(json))
            throw header.Bad("the header is not UTF-8");
        try
        {
            header.ReadObject(json);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{file}: the header is not valid JSON: {e.Message}", e);
        }
        catch (InvalidOperationException e)
        {
            // A string with half of a surrogate pair.
            throw new InvalidDataException($"{file}: a string in the header is not text: {e.Message}", e);
        }
        header.CheckCover();
        return header;
    }

    private void ReadObject(ReadOnlySpan<byte> json)
    {
        Utf8JsonReader reader = new(json, new JsonReaderOptions { MaxDepth = 8 });
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            reader.Read();
            if (name == MetadataKey)
                ReadMetadata(ref reader);
            else if (!_tensors.TryAdd(name, ReadTensor(ref reader, name)))
                throw Bad($"tensor {Quote(name)} appears twice");
        }
        // Anything but white space after the object is an error of the reader's.
        reader.Read();
    }

    private void ReadMetadata(ref Utf8JsonReader reader)
    {
        if (_hasMetadata)
            throw Bad($"{MetadataKey} appears twice");
        if (reader.TokenType != JsonTokenType.StartObject)
            throw Bad($"{MetadataKey} is not an object");
        _hasMetadata = true;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = reader.GetString()!;
            reader.Read();
            if (reader.TokenType != JsonTokenType.String)
                throw Bad($"{MetadataKey} holds {Quote(key)}, which is not a string");
            if (!_metadata.TryAdd(key, reader.GetString()!))
                throw Bad($"{MetadataKey} holds {Quote(key)} twice");
        }
    }

    private TensorInfo ReadTensor(ref Utf8JsonReader reader, string name)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            throw Bad($"tensor {Quote(name)} is not described by an object");
        StoredDType? dtype = null;
        List<long>? shape = null, offsets = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = reader.GetString()!;
            reader.Read();
            bool twice = false;
            switch (key)
            {
                case "dtype":
                    twice = dtype is not null;
                    dtype = ReadDType(ref reader, name);
                    break;
                case "shape":
                    twice = shape is not null;
                    shape = ReadNumbers(ref reader, name, key, MaximumRank);
                    break;
                case "data_offsets":
                    twice = offsets is not null;
                    offsets = ReadNumbers(ref reader, name, key, 2);
                    break;
                default:
                    // Other readers pass over unknown keys too: they cannot change what the known ones mean.
                    reader.Skip();
                    break;
            }
            if (twice)
                throw Bad($"tensor {Quote(name)} has {key} twice");
        }
        if (dtype is not { } type || shape is null || offsets is null)
            throw Bad($"tensor {Quote(name)} lacks {(dtype is null ? "dtype" : shape is null ? "shape" : "data_offsets")}");
        if (offsets is not [long begin, long end])
            throw Bad($"tensor {Quote(name)} has {offsets.Count} data_offsets, not 2");
        CheckRange(name, type, shape, begin, end);
        return new TensorInfo(name, type, shape.AsReadOnly(), _dataStart + begin, end - begin);
    }

    private StoredDType ReadDType(ref Utf8JsonReader reader, string name)
    {
        if (reader.TokenType != JsonTokenType.String)
            throw Bad($"the dtype of tensor {Quote(name)} is not a string");
        string text = reader.GetString()!;
        // Enum.TryParse alone would take "3" and "BOOL, U8" too.
        return Enum.IsDefined(typeof(StoredDType), text)
            ? Enum.Parse<StoredDType>(text)
            : throw Bad($"tensor {Quote(name)} has the unknown dtype {Quote(text)}");
    }

    private List<long> ReadNumbers(ref Utf8JsonReader reader, string name, string key, int most)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
            throw Bad($"{key} of tensor {Quote(name)} is not a list");
        List<long> numbers = [];
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out long number) || number < 0)
                throw Bad($"{key} of tensor {Quote(name)} holds something other than whole numbers from 0 to 2^63 - 1");
            if (numbers.Count == most)
                throw Bad($"{key} of tensor {Quote(name)} has more than {most} numbers");
            numbers.Add(number);
        }
        return numbers;
    }

    private void CheckRange(string name, StoredDType dtype, List<long> shape, long begin, long end)
    {
        if (begin > end || end > _dataLength)
            throw Bad($"tensor {Quote(name)} lies at {begin} to {end} of {_dataLength} data bytes");
        // Sizes of 0 count as 1 here: torch computes strides that way, and they must not overflow either.
        Int128 product = dtype.ByteSize();
        foreach (long size in shape)
        {
            product *= Math.Max(size, 1);
            if (product > long.MaxValue)
                throw Bad($"the shape [{string.Join(", ", shape)}] of tensor {Quote(name)} overflows");
        }
        long bytes = shape.Contains(0) ? 0 : (long)product;
        if (bytes != end - begin)
            throw Bad(string.Create(CultureInfo.InvariantCulture, $"tensor {Quote(name)}, {dtype} [{string.Join(", ", shape)}], takes {bytes} bytes, its data_offsets say {end - begin}"));
    }

    /// <summary>In the order of their data the tensors follow each other from the first byte to the last.</summary>
    private void CheckCover()
    {
        List<TensorInfo> ordered = [.. _tensors.Values.OrderBy(t => t.Offset).ThenBy(t => t.ByteLength)];
        long at = _dataStart;
        foreach (TensorInfo tensor in ordered)
        {
            if (tensor.Offset != at)
                throw Bad($"tensor {Quote(tensor.Name)} begins at data byte {tensor.Offset - _dataStart}, {(tensor.Offset < at ? "inside the one before it" : "after a hole")} that ends at {at - _dataStart}");
            at += tensor.ByteLength;
        }
        if (at != _dataStart + _dataLength)
            throw Bad($"{_dataStart + _dataLength - at} bytes after the last tensor belong to none");
        Names = ordered.ConvertAll(t => t.Name).AsReadOnly();
    }

    private InvalidDataException Bad(string what) => new($"{_file}: {what}.");

    private static string Quote(string text) => Shown.Quote(text);
}
