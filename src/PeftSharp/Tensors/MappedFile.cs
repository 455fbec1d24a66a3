using Microsoft.Win32.SafeHandles;
using PeftSharp.Tensors.Native;
using TorchSharp;

namespace PeftSharp.Tensors;

/// <summary>
/// An open file of tensors: its bytes are read by position, or mapped into torch where nothing has to be converted.
/// What is read afterwards is the file that was opened, whatever the name has come to mean meanwhile.
/// </summary>
/// <remarks>Any number of threads may use one. Tensors keep the mapping alive on their own.</remarks>
internal sealed class MappedFile : IDisposable
{
    private readonly SafeFileHandle _handle;
    private readonly Lock _lock = new();
    private readonly Dictionary<torch.ScalarType, torch.Tensor> _mappings = [];
    private bool _disposed;

    private MappedFile(string path, SafeFileHandle handle, long length) => (Path, _handle, Length) = (path, handle, length);

    /// <summary>The full path.</summary>
    public string Path { get; }

    /// <summary>Its bytes when it was opened.</summary>
    public long Length { get; }

    /// <summary>Opens a file, which a writer may replace or delete meanwhile.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static MappedFile Open(string path)
    {
        string full = System.IO.Path.GetFullPath(path);
        SafeFileHandle handle = File.OpenHandle(full, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, FileOptions.RandomAccess);
        try
        {
            return new MappedFile(full, handle, RandomAccess.GetLength(handle));
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Reads until the span is full or the file ends; gives the number of bytes.</summary>
    public int ReadUpTo(Span<byte> into, long offset)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        int total = 0;
        while (total < into.Length)
        {
            int got = RandomAccess.Read(_handle, into[total..], offset + total);
            if (got == 0)
                break;
            total += got;
        }
        return total;
    }

    /// <summary>Reads bytes that were there when the file was opened.</summary>
    /// <param name="into">Filled whole.</param>
    /// <param name="offset">From the start of the file.</param>
    /// <param name="tensor">Whose bytes they are, for the message.</param>
    /// <exception cref="InvalidDataException">The file has become shorter.</exception>
    public void Fill(Span<byte> into, long offset, string tensor)
    {
        if (ReadUpTo(into, offset) != into.Length)
            throw new InvalidDataException($"{Path} has become shorter since it was opened: tensor {Shown.Quote(tensor)} is cut off.");
    }

    /// <summary>A tensor as it lies in the file: a view of the mapping where its place allows, else a copy.</summary>
    public torch.Tensor Load(TensorInfo info, torch.ScalarType dtype)
    {
        NativeLoader.EnsureLoaded();
        if (info.ByteLength == 0)
            return torch.empty([.. info.Shape], dtype);
        // A bool that is neither 0 nor 1 is undefined behaviour in C++, and the file may hold any byte.
        if (dtype == torch.ScalarType.Bool)
        {
            using torch.Tensor bytes = Copy(info, torch.ScalarType.Byte);
            return bytes.to(torch.ScalarType.Bool);
        }
        // A mapping of this dtype begins at the start of the file and has elements at multiples of its size only.
        return info.Offset % info.DType.ByteSize() == 0 ? View(info, dtype) : Copy(info, dtype);
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
            {
                MappedPages.Forget(mapping);
                mapping.Dispose();
            }
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
        if (RandomAccess.GetLength(_handle) < Length)
            throw new InvalidDataException($"{Path} has become shorter since it was opened.");
        torch.Tensor mapping = torch.from_file(path, shared: false, Length / size, dtype).DetachFromDisposeScope();
        MappedPages.Know(mapping);
        return mapping;
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
                Fill(part.bytes, info.Offset + at * info.DType.ByteSize(), info.Name);
            }
            return whole;
        }
        catch
        {
            whole.Dispose();
            throw;
        }
    }
}
