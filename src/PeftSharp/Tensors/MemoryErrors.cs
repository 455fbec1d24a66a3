using System.Runtime.InteropServices;

namespace PeftSharp.Tensors;

/// <summary>Tells errors that say "no memory" from others: libtorch's come as errors of a general kind.</summary>
public static class MemoryErrors
{
    // Of libtorch's allocators for the CPU and for GPUs, of mmap(2), and of C++.
    private static readonly string[] _words = ["can't allocate memory", "not enough memory", "out of memory", "Cannot allocate memory", "std::bad_alloc"];

    /// <summary>True if an error, or one that led to it, is that memory ran out.</summary>
    public static bool IsOutOfMemory(Exception? error)
    {
        for (; error is not null; error = error.InnerException)
            if (error is OutOfMemoryException
                || (error is ExternalException && Says(error.Message)))
                return true;
        return false;
    }

    /// <summary>True for the words of an allocator that has no memory.</summary>
    internal static bool Says(string message) => Array.Exists(_words, word => message.Contains(word, StringComparison.OrdinalIgnoreCase));
}
