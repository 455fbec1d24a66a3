using static TorchSharp.torch;

namespace PeftSharp.Kernels.Fused;

/// <summary>
/// The values of several lists of tensors, alike in shape, cut into stretches that threads take one by one. Adapters have
/// many small tensors: a call of libtorch for each of them costs more than its arithmetic.
/// </summary>
internal sealed unsafe class Stretches
{
    private const int Length = 1 << 14;

    private readonly Tensor[][] _lists;
    private readonly List<(int Tensor, long From, int Count)> _stretches = [];

    /// <param name="lists">As many tensors in each, fp32 and contiguous (<see cref="Take"/>).</param>
    public Stretches(params Tensor[][] lists)
    {
        _lists = lists;
        for (int i = 0; i < lists[0].Length; i++)
        {
            long count = lists[0][i].numel();
            for (long from = 0; from < count; from += Length)
                _stretches.Add((i, from, (int)Math.Min(Length, count - from)));
        }
    }

    /// <summary>How many stretches there are.</summary>
    public int Count => _stretches.Count;

    /// <summary>True for fp32 tensors in one piece on the CPU.</summary>
    public static bool Take(Tensor[] tensors) =>
        Array.TrueForAll(tensors, x => FusedKernels.Take(x) && x.dtype == ScalarType.Float32 && x.is_contiguous());

    /// <summary>Runs <paramref name="body"/>(stretch, where it begins in each list, its length) for all of them.</summary>
    public void Run(Body body)
    {
        float*[][] memory = [.. _lists.Select(list =>
        {
            var pointers = new float*[list.Length];
            for (int i = 0; i < list.Length; i++)
                pointers[i] = FusedKernels.Memory(list[i]);
            return pointers;
        })];
        FusedKernels.OverRows(Count, Length / 2, (first, end) =>
        {
            float** at = stackalloc float*[memory.Length];
            for (int stretch = first; stretch < end; stretch++)
            {
                (int tensor, long from, int count) = _stretches[stretch];
                for (int list = 0; list < memory.Length; list++)
                    at[list] = memory[list][tensor] + from;
                body(stretch, at, count);
            }
        });
        GC.KeepAlive(_lists);
    }

    /// <summary>Work on one stretch.</summary>
    internal delegate void Body(int stretch, float** at, int count);
}
