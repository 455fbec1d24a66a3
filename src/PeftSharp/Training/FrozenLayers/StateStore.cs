using PeftSharp.Data;
using PeftSharp.Kernels.Fused;
using static TorchSharp.torch;

namespace PeftSharp.Training;

/// <summary>
/// Hidden states by example: those of its own tokens, one example behind the other. Where there is no room for all, the
/// first ones of the data have theirs. Threads may use it at once for different examples.
/// </summary>
internal sealed unsafe class StateStore : IDisposable
{
    private readonly StateMemory _memory;
    private readonly long[] _starts;
    private readonly bool[] _known;
    private readonly long _row;

    /// <param name="memory">Room for <see cref="FrozenLayersPlan.Bytes"/>; the store disposes it.</param>
    /// <param name="plan">How many examples have a place, and how wide a row is.</param>
    /// <param name="examples">The training data.</param>
    public StateStore(StateMemory memory, FrozenLayersPlan plan, IReadOnlyList<EncodedExample> examples)
    {
        (_memory, _row) = (memory, plan.RowBytes);
        _known = new bool[plan.Examples];
        _starts = new long[plan.Examples + 1];
        for (int i = 0; i < plan.Examples; i++)
            _starts[i + 1] = _starts[i] + examples[i].Length * _row;
    }

    /// <summary>True once an example's states have been written.</summary>
    public bool Has(int example) => example < _known.Length && _known[example];

    /// <summary>Takes an example's states, if it has a place.</summary>
    /// <param name="example">The example.</param>
    /// <param name="states">(rows, length, width), contiguous, on the CPU.</param>
    /// <param name="row">Which row is the example's.</param>
    /// <param name="first">Where in it the example's first token stands.</param>
    public void Write(int example, Tensor states, long row, long first)
    {
        if (example >= _known.Length)
            return;
        long bytes = _starts[example + 1] - _starts[example];
        Buffer.MemoryCopy(At(states, row, first), _memory.First + _starts[example], bytes, bytes);
        GC.KeepAlive(states);
        _known[example] = true;
    }

    /// <summary>Puts an example's states into a row; see <see cref="Write"/>.</summary>
    public void Read(int example, Tensor into, long row, long first)
    {
        long bytes = _starts[example + 1] - _starts[example];
        Buffer.MemoryCopy(_memory.First + _starts[example], At(into, row, first), bytes, bytes);
        GC.KeepAlive(into);
    }

    public void Dispose() => _memory.Dispose();

    private byte* At(Tensor states, long row, long first) => FusedKernels.Memory<byte>(states) + (row * states.shape[1] + first) * _row;
}
