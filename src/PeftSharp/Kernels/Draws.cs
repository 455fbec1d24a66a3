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

    /// <summary>Lets this thread draw from a generator of its own until the result is disposed.</summary>
    public static Own From(long seed) => new(unchecked((ulong)seed));

    /// <summary>32 bits: the key of a dropout mask.</summary>
    public static uint Key()
    {
        using Tensor drawn = randint(0, uint.MaxValue, [1], dtype: ScalarType.Int64, generator: _own);
        return (uint)drawn.item<long>();
    }

    /// <summary>Uniform in [0, 1), fp32 on the CPU.</summary>
    public static Tensor Uniform(params long[] shape) => rand(shape, generator: _own);

    /// <summary>A thread's own generator.</summary>
    internal readonly ref struct Own
    {
        private readonly Generator? _before;
        private readonly Generator _generator;

        public Own(ulong seed)
        {
            _before = _own;
            _own = _generator = new Generator(seed);
        }

        public void Dispose()
        {
            _own = _before;
            _generator.Dispose();
        }
    }
}
