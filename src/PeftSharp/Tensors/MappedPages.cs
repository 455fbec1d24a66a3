using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using PeftSharp.IO;
using TorchSharp;

namespace PeftSharp.Tensors;

/// <summary>
/// Tensors that are views of a file need no memory while nobody reads them: the system can bring their pages back. It does
/// so by itself when memory is short; here it is told at once.
/// </summary>
internal static unsafe class MappedPages
{
    // First byte and length of each mapped file.
    private static readonly ConcurrentDictionary<nint, nint> _mappings = [];

    /// <summary>A whole file as a tensor.</summary>
    public static void Know(torch.Tensor mapping) => _mappings[First(mapping)] = Bytes(mapping);

    /// <summary>It will not be mapped for much longer.</summary>
    public static void Forget(torch.Tensor mapping) => _mappings.TryRemove(First(mapping), out _);

    /// <summary>
    /// Gives up the pages of a contiguous tensor, if it lies in a mapped file; its values stay as they are, and the next reader
    /// brings them back.
    /// </summary>
    /// <returns>True if the system was told.</returns>
    public static bool LetGo(torch.Tensor tensor)
    {
        if (LibC.Version is null || tensor.device_type != DeviceType.CPU || !tensor.is_contiguous() || tensor.numel() == 0)
            return false;
        (nint first, nint end) = (First(tensor), First(tensor) + Bytes(tensor));
        if (!_mappings.Any(mapping => first >= mapping.Key && end <= mapping.Key + mapping.Value))
            return false;
        // Whole pages only: at the edges lie the neighbours.
        nint page = Environment.SystemPageSize;
        nint from = (first + page - 1) / page * page, to = end / page * page;
        bool told = from < to && LibC.MAdvise(from, to - from, LibC.PageOut) == 0;
        GC.KeepAlive(tensor);
        return told;
    }

    private static nint Bytes(torch.Tensor tensor) => checked((nint)(tensor.numel() * tensor.element_size()));

    private static nint First(torch.Tensor tensor)
    {
        // A span over all of it would end at 2 GiB.
        using torch.Tensor flat = tensor.view(-1);
        using torch.Tensor first = flat.narrow(0, 0, 1);
        return (nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(first.bytes));
    }
}
