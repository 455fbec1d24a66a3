using Microsoft.Win32.SafeHandles;
using PeftSharp.Tensors.Native;
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
    private readonly SafeFileHandle _handle;
    private readonly long _length;
    private readonly SafetensorsHeader _header;
    private readonly Lock _lock = new();
    private readonly Dictionary<torch.ScalarType, torch.Tensor> _mappings = [];
    private bool _disposed;

    private SafetensorsFile(string path, SafeFileHandle handle, long length, SafetensorsHeader header) =>
        (Path, _handle, _length, _header) = (path, handle, length, header);

    /// <inheritdoc />
    public string Path { get; }

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
        string full = System.IO.Path.GetFullPath(path);
        if (Directory.Exists(full))
            throw new InvalidDataException($"{path} is a folder, not a safetensors file.");
        // A writer may replace the name meanwhile: this handle, and mappings made through it, stay with the file that was checked.
        SafeFileHandle handle = File.OpenHandle(full, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, FileOptions.RandomAccess);
        try
        {
            long length = RandomAccess.GetLength(handle);
            Span<byte> start = stackalloc byte[8];
            int got = ReadUpTo(handle, start, 0);
            byte[] json = new byte[SafetensorsHeader.ReadLength(path, start[..got], length)];
            if (ReadUpTo(handle, json, 8) != json.Length)
                throw new InvalidDataException($"{path}: the file became shorter while it was read.");
            return new SafetensorsFile(full, handle, length, SafetensorsHeader.Parse(path, json, length));
        }
        catch
        {
            handle.Dispose();
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
    public torch.Tensor Load(string name)
    {
        TensorInfo info = Info(name);
        torch.ScalarType dtype = info.DType.ToScalarType()
            ?? throw new NotSupportedException($"{Path}: tensor {Shown.Quote(name)} has dtype {info.DType}, which TorchSharp does not support.");
        NativeLoader.EnsureLoaded();
        if (info.ByteLength == 0)
            return torch.empty([.. info.Shape], dtype);
        // A bool that is neither 0 nor 1 is undefined behaviour in C++, and the file may hold any byte.
        if (dtype == torch.ScalarType.Bool)
        {
            using torch.Tensor bytes = Copy(info, torch.ScalarType.Byte);
            return bytes.ne(0);
        }
        // A mapping of this dtype begins at the start of the file and has elements at multiples of its size only.
        return info.Offset % info.DType.ByteSize() == 0 ? View(info, dtype) : Copy(info, dtype);
    }

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
        Fill(info, 0, destination);
    }

    /// <summary>Gives up the file's own hold on the mapping; tensors already loaded stay valid.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_disposed)
                return;
            _disposed = true;
            foreach (torch.Tensor mapping in _mappings.Values)
                mapping.Dispose();
            _mappings.Clear();
            _handle.Dispose();
        }
    }

    private torch.Tensor View(TensorInfo info, torch.ScalarType dtype)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (!_mappings.TryGetValue(dtype, out torch.Tensor? mapping))
                _mappings[dtype] = mapping = Map(dtype, info.DType.ByteSize());
            using torch.Tensor part = mapping.narrow(0, info.Offset / info.DType.ByteSize(), info.ElementCount);
            return part.view([.. info.Shape]);
        }
    }

    /// <summary>The whole file as one vector, copy-on-write, owned by no dispose scope.</summary>
    private torch.Tensor Map(torch.ScalarType dtype, int size)
    {
        // libtorch maps what the path names now: go through the handle, where the system can, to get the file that was checked.
        string path = OperatingSystem.IsLinux() ? $"/proc/self/fd/{_handle.DangerousGetHandle()}" : Path;
        if (RandomAccess.GetLength(_handle) < _length)
            throw new InvalidDataException($"{Path} has become shorter since it was opened.");
        return torch.from_file(path, shared: false, _length / size, dtype).DetachFromDisposeScope();
    }

    private torch.Tensor Copy(TensorInfo info, torch.ScalarType dtype)
    {
        // Spans end at 2 GiB: fill a large tensor piece by piece.
        const long Piece = 1 << 28;
        torch.Tensor whole = torch.empty([.. info.Shape], dtype);
        try
        {
            using torch.Tensor flat = whole.view(-1);
            long step = Piece / info.DType.ByteSize();
            for (long at = 0; at < info.ElementCount; at += step)
            {
                using torch.Tensor part = flat.narrow(0, at, Math.Min(step, info.ElementCount - at));
                Fill(info, at * info.DType.ByteSize(), part.bytes);
            }
            return whole;
        }
        catch
        {
            whole.Dispose();
            throw;
        }
    }

    private void Fill(TensorInfo info, long from, Span<byte> destination)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (ReadUpTo(_handle, destination, info.Offset + from) != destination.Length)
            throw new InvalidDataException($"{Path} has become shorter since it was opened: tensor {Shown.Quote(info.Name)} is cut off.");
    }

    private static int ReadUpTo(SafeFileHandle handle, Span<byte> into, long offset)
    {
        int total = 0;
        while (total < into.Length)
        {
            int got = RandomAccess.Read(handle, into[total..], offset + total);
            if (got == 0)
                break;
            total += got;
        }
        return total;
    }
}
