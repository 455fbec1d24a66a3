using TorchSharp;

namespace PeftSharp.Tensors;

/// <summary>
/// One safetensors file, opened, checked and memory-mapped. Opening reads the header only; loading a tensor reads nothing
/// until its values are touched.
/// </summary>
/// <remarks>
/// Ownership: each tensor from <see cref="Load"/> is the caller's, and keeps the mapping alive until it is disposed;
/// disposing the file gives up only the file's own hold on the mapping. Any number of threads may read one file.
/// </remarks>
public sealed class SafetensorsFile : ICheckpoint
{
    private readonly MappedFile _file;
    private readonly SafetensorsHeader _header;

    private SafetensorsFile(MappedFile file, SafetensorsHeader header) => (_file, _header) = (file, header);

    /// <inheritdoc />
    public string Path => _file.Path;

    /// <inheritdoc />
    /// <remarks>In the order of their data.</remarks>
    public IReadOnlyList<string> Names => _header.Names;

    /// <inheritdoc />
    public IReadOnlyDictionary<string, string> Metadata => _header.Metadata;

    /// <summary>True where the file has a metadata entry, even an empty one.</summary>
    public bool HasMetadata => _header.HasMetadata;

    /// <summary>Opens a file and checks its header by every rule of the format.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">A rule of the format is broken; the message names the file, the tensor and the rule.</exception>
    public static SafetensorsFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Directory.Exists(path))
            throw new InvalidDataException($"{path} is a folder, not a safetensors file.");
        MappedFile file = MappedFile.Open(path);
        try
        {
            Span<byte> start = stackalloc byte[8];
            int got = file.ReadUpTo(start, 0);
            byte[] json = new byte[SafetensorsHeader.ReadLength(path, start[..got], file.Length)];
            if (file.ReadUpTo(json, 8) != json.Length)
                throw new InvalidDataException($"{path}: the file became shorter while it was read.");
            return new SafetensorsFile(file, SafetensorsHeader.Parse(path, json, file.Length));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc />
    public bool Contains(string name) => _header.Tensors.ContainsKey(name);

    /// <inheritdoc />
    public TensorInfo Info(string name) => _header.Tensors.TryGetValue(name, out TensorInfo? info)
        ? info
        : throw new InvalidDataException($"{Path} has no tensor {Shown.Quote(name)}; it has {Names.Count}{(Names.Count > 0 ? $", such as {Shown.Quote(Names[0])}" : "")}.");

    /// <inheritdoc />
    public torch.Tensor Load(string name) => StoredValues.Load(_file, Info(name));

    /// <summary>The bytes of a tensor, little-endian as stored, copied; for use without torch.</summary>
    /// <exception cref="InvalidDataException">There is no tensor of that name, or the file has become shorter.</exception>
    /// <exception cref="NotSupportedException">The tensor has more bytes than an array can hold.</exception>
    public byte[] ReadBytes(string name)
    {
        TensorInfo info = Info(name);
        if (info.ByteLength > Array.MaxLength)
            throw new NotSupportedException($"{Path}: tensor {Shown.Quote(name)} has {info.ByteLength} bytes, more than an array can hold.");
        byte[] bytes = GC.AllocateUninitializedArray<byte>((int)info.ByteLength);
        ReadBytes(name, bytes);
        return bytes;
    }

    /// <summary>Copies the bytes of a tensor, little-endian as stored; for use without torch.</summary>
    /// <param name="name">The tensor.</param>
    /// <param name="destination">Exactly as long as the tensor's <see cref="TensorInfo.ByteLength"/>.</param>
    /// <exception cref="InvalidDataException">There is no tensor of that name, or the file has become shorter.</exception>
    public void ReadBytes(string name, Span<byte> destination)
    {
        TensorInfo info = Info(name);
        if (destination.Length != info.ByteLength)
            throw new ArgumentException($"Tensor {Shown.Quote(name)} has {info.ByteLength} bytes, the destination {destination.Length}.", nameof(destination));
        _file.Fill(destination, info.Offset, name);
    }

    /// <summary>Gives up the file's own hold on the mapping; tensors already loaded stay valid.</summary>
    public void Dispose() => _file.Dispose();
}
