using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace PeftSharp.Training;

/// <summary>One piece of memory for hidden states.</summary>
internal abstract unsafe class StateMemory : IDisposable
{
    /// <summary>Its first byte.</summary>
    public abstract byte* First { get; }

    /// <summary>Memory of the process; what is never written is never taken.</summary>
    public static StateMemory OnHeap(long bytes) => new Heap(bytes);

    /// <summary>A file that the system keeps in memory as far as there is room; it goes with the object.</summary>
    /// <exception cref="IOException">The folder cannot be written to, or its disk has not so many bytes left.</exception>
    public static StateMemory InFile(string folder, long bytes) => new Mapped(folder, bytes);

    public abstract void Dispose();

    private sealed class Heap(long bytes) : StateMemory
    {
        private byte* _first = (byte*)NativeMemory.Alloc(checked((nuint)bytes));

        public override byte* First => _first;

        public override void Dispose()
        {
            NativeMemory.Free(_first);
            _first = null;
        }
    }

    private sealed class Mapped : StateMemory
    {
        private readonly MemoryMappedFile _file;
        private readonly MemoryMappedViewAccessor _view;
        private readonly SafeMemoryMappedViewHandle _handle;
        private readonly byte* _first;

        public Mapped(string folder, long bytes)
        {
            Directory.CreateDirectory(folder);
            // The whole of it at once: a disk that fills up later would end the process.
            FileStream stream = new(Path.Combine(folder, $"peftsharp-hidden-states-{Guid.NewGuid():N}.tmp"), new FileStreamOptions
            {
                Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Share = FileShare.None, Options = FileOptions.DeleteOnClose, PreallocationSize = bytes,
            });
            try
            {
                _file = MemoryMappedFile.CreateFromFile(stream, null, bytes, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: false);
            }
            catch
            {
                stream.Dispose();
                throw;
            }
            _view = _file.CreateViewAccessor(0, bytes);
            _handle = _view.SafeMemoryMappedViewHandle;
            _handle.AcquirePointer(ref _first);
            _first += _view.PointerOffset;
        }

        public override byte* First => _first;

        public override void Dispose()
        {
            if (!_handle.IsClosed)
                _handle.ReleasePointer();
            _view.Dispose();
            _file.Dispose();
        }
    }
}
