using static TorchSharp.torch;

namespace PeftSharp.Kernels;

/// <summary>
/// The one place where a forward pass draws random numbers: from a generator of this thread's own where it has one
/// (<see cref="From"/>), so that passes on several threads do not disturb each other, else from torch's.
/// </summary>
internal static class Draws
{
    [ThreadStatic]
    private static Generator? _own;

    // TorchSharp does not free the native state of a generator: one a thread, seeded anew.
    [ThreadStatic]
    private static Generator? _kept;

    /// <summary>Lets this thread draw from a generator of its own until the result is disposed.</summary>
    public static Own From(long seed)
    {
        _own = (_kept ??= new Generator()).manual_seed(seed);
        return default;
    }

    /// <summary>32 bits: the key of a dropout mask.</summary>
    public static uint Key()
    {
        using Tensor drawn = randint(0, uint.MaxValue, [1], dtype: ScalarType.Int64, generator: _own);
        return (uint)drawn.item<long>();
    }

    /// <summary>Uniform in [0, 1), fp32 on the CPU.</summary>
    public static Tensor Uniform(params long[] shape) => rand(shape, generator: _own);

    /// <summary>The state that decides what is drawn next; the caller owns it.</summary>
    public static Tensor State()
    {
        if (_own is not null)
            return _own.get_state();
        using Generator common = Generator.Default;
        return common.get_state();
    }

    /// <summary>Draws from a state on until the result is disposed, which goes on from where the caller was.</summary>
    public static IDisposable Again(Tensor state)
    {
        Return back = new(State().DetachFromDisposeScope());
        Set(state);
        return back;
    }

    private static void Set(Tensor state)
    {
        if (_own is not null)
        {
            _own.set_state(state);
        }
        else
        {
            using Generator common = Generator.Default;
            common.set_state(state);
        }
        GC.KeepAlive(state);
    }

    private sealed class Return(Tensor state) : IDisposable
    {
        public void Dispose()
        {
            Set(state);
            state.Dispose();
        }
    }

    /// <summary>The time in which a thread draws from its own generator.</summary>
    internal readonly ref struct Own
    {
#pragma warning disable CA1822 // It ends something of the thread's.
        public void Dispose() => _own = null;
#pragma warning restore CA1822
    }
}
