using System.Runtime.InteropServices;
using PeftSharp.Tensors.Gguf.Blocks;
using PeftSharp.Tensors.Native;
using TorchSharp;

namespace PeftSharp.Tensors.Gguf;

/// <summary>
/// One GGUF file (version 2 or 3), as llama.cpp and its like use them. Opening reads and checks the header only. Values
/// that lie one by one are memory-mapped; blocks are decoded to float32 (or bfloat16) when they are loaded.
/// </summary>
/// <remarks>Any number of threads may read one file. Tensors from it stay valid after it is disposed.</remarks>
public sealed class GgufFile : ICheckpoint
{
    // A multiple of every block size; small enough to stay in the cache between reading and decoding.
    private const int PieceValues = 1 << 15;

    private readonly MappedFile _file;
    private readonly GgufHeader _header;
    private readonly Dictionary<string, GgufTensorInfo> _tensors;
    private IReadOnlyDictionary<string, string>? _texts;

    private GgufFile(MappedFile file, GgufHeader header)
    {
        _file = file;
        _header = header;
        _tensors = header.Tensors.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        Names = [.. header.Tensors.Select(tensor => tensor.Name)];
    }

    /// <inheritdoc />
    public string Path => _file.Path;

    /// <summary>2 or 3.</summary>
    public int Version => (int)_header.Version;

    /// <summary>Tensors lie at multiples of so many bytes.</summary>
    public long Alignment => _header.Alignment;

    /// <summary>The metadata with their types.</summary>
    public GgufMetadata Entries => _header.Metadata;

    /// <summary>The tensors in the order of the file.</summary>
    public IReadOnlyList<GgufTensorInfo> Tensors => _header.Tensors;

    /// <inheritdoc />
    public IReadOnlyList<string> Names { get; }

    /// <inheritdoc />
    /// <remarks>Values as text, arrays by type and size; <see cref="Entries"/> has the values themselves.</remarks>
    public IReadOnlyDictionary<string, string> Metadata => _texts ??= _header.Metadata.ToTexts();

    /// <summary>Opens a file and checks its header by every rule of the format.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">A rule of the format is broken; the message names the file, the byte and the rule.</exception>
    public static GgufFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Directory.Exists(path))
            throw new InvalidDataException($"{path} is a folder, not a GGUF file.");
        MappedFile file = MappedFile.Open(path);
        try
        {
            return new GgufFile(file, GgufHeader.Read(file));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>True where a file's first bytes are those of GGUF.</summary>
    internal static bool Looks(ReadOnlySpan<byte> start) => start.StartsWith("GGUF"u8);

    /// <inheritdoc />
    public bool Contains(string name) => _tensors.ContainsKey(name);

    /// <inheritdoc />
    /// <remarks>Blocks are told as the float32 values they load as, with <see cref="TensorInfo.Packing"/> set.</remarks>
    public TensorInfo Info(string name) => Tensor(name).ToTensorInfo();

    /// <summary>Type, shape and place of a tensor.</summary>
    /// <exception cref="InvalidDataException">There is no tensor of that name.</exception>
    public GgufTensorInfo Tensor(string name) => _tensors.TryGetValue(name, out GgufTensorInfo? tensor)
        ? tensor
        : throw new InvalidDataException($"{Path} has no tensor {Shown.Quote(name)}; it has {Names.Count}{(Names.Count > 0 ? $", such as {Shown.Quote(Names[0])}" : "")}.");

    /// <inheritdoc />
    /// <remarks>Blocks become float32.</remarks>
    /// <exception cref="NotSupportedException">There is no decoder for the tensor's blocks.</exception>
    public torch.Tensor Load(string name)
    {
        GgufTensorInfo tensor = Tensor(name);
        return tensor.Type.ToStoredDType() is { } plain
            ? _file.Load(tensor.ToTensorInfo(), plain.ToScalarType()!.Value)
            : Decode(tensor, torch.ScalarType.Float32);
    }

    /// <summary>The tensor as float32 or bfloat16, decoded or converted; the caller's to dispose.</summary>
    /// <param name="name">The tensor.</param>
    /// <param name="dtype">Float32 or BFloat16.</param>
    /// <exception cref="InvalidDataException">There is no tensor of that name, or the file has become shorter.</exception>
    /// <exception cref="NotSupportedException">There is no decoder for the tensor's blocks.</exception>
    public torch.Tensor Load(string name, torch.ScalarType dtype)
    {
        if (dtype is not (torch.ScalarType.Float32 or torch.ScalarType.BFloat16))
            throw new ArgumentException($"{dtype} is neither Float32 nor BFloat16.", nameof(dtype));
        GgufTensorInfo tensor = Tensor(name);
        if (tensor.Type.ToStoredDType() is null)
            return Decode(tensor, dtype);
        using torch.Tensor stored = Load(name);
        return stored.to(dtype);
    }

    /// <summary>Copies the bytes of a tensor as they lie in the file.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <param name="from">The first byte within it.</param>
    /// <param name="into">Filled whole.</param>
    internal void ReadBytes(GgufTensorInfo tensor, long from, Span<byte> into) => _file.Fill(into, tensor.Offset + from, tensor.Name);

    /// <inheritdoc />
    public void Dispose() => _file.Dispose();

    private torch.Tensor Decode(GgufTensorInfo tensor, torch.ScalarType dtype)
    {
        if (!BlockDecoder.Knows(tensor.Type))
            throw new NotSupportedException($"{Path}: tensor {Shown.Quote(tensor.Name)} has {tensor.Type} blocks, which cannot be decoded; requantise the file with llama-quantize --allow-requantize to a type such as Q8_0.");
        NativeLoader.EnsureLoaded();
        torch.Tensor whole = torch.empty([.. tensor.Shape], dtype);
        try
        {
            Fill(whole, tensor);
            return whole;
        }
        catch
        {
            whole.Dispose();
            throw;
        }
    }

    private void Fill(torch.Tensor whole, GgufTensorInfo tensor)
    {
        using torch.Tensor flat = whole.view(-1);
        byte[] blocks = new byte[tensor.Type.BytesOf(PieceValues)];
        bool rounds = whole.dtype == torch.ScalarType.BFloat16;
        float[] decoded = rounds ? new float[PieceValues] : [];
        // Spans end at 2 GiB: go through a large tensor in parts.
        const long Part = 1L << 28;
        for (long start = 0; start < tensor.ElementCount; start += Part)
        {
            using torch.Tensor part = flat.narrow(0, start, Math.Min(Part, tensor.ElementCount - start));
            Span<byte> bytes = part.bytes;
            int count = (int)part.NumberOfElements;
            for (int at = 0; at < count; at += PieceValues)
            {
                int values = Math.Min(PieceValues, count - at);
                Span<byte> packed = blocks.AsSpan(0, (int)tensor.Type.BytesOf(values));
                ReadBytes(tensor, tensor.Type.BytesOf(start + at), packed);
                if (rounds)
                {
                    BlockDecoder.Decode(tensor.Type, packed, decoded.AsSpan(0, values));
                    Halves.ToBFloat16(decoded.AsSpan(0, values), MemoryMarshal.Cast<byte, ushort>(bytes).Slice(at, values));
                }
                else
                {
                    BlockDecoder.Decode(tensor.Type, packed, MemoryMarshal.Cast<byte, float>(bytes).Slice(at, values));
                }
            }
        }
    }
}
