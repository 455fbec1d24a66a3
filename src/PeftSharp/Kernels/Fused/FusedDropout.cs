using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static TorchSharp.torch;

namespace PeftSharp.Kernels.Fused;

/// <summary>
/// y = x · keep / (1 − p). Whether place i is kept is a function of (key, i) alone, so the backward draws the same mask
/// again and nothing is stored. The key comes from torch's generator: <c>manual_seed</c> decides the run.
/// </summary>
internal sealed class FusedDropout : autograd.SingleTensorFunction<FusedDropout>
{
    private const int Block = 4096;

    public override string Name => nameof(FusedDropout);

    public static bool Takes(Tensor x) => FusedKernels.Take(x) && x.is_contiguous();

    public static Tensor Run(Tensor x, double probability)
    {
        using var scope = NewDisposeScope();
        long key = randint(0, uint.MaxValue, [1], dtype: ScalarType.Int64).item<long>();
        if (FusedKernels.NeedsGraph(x))
            return apply(x, key, probability).MoveToOuterDisposeScope();
        return Apply(x, (uint)key, probability).MoveToOuterDisposeScope();
    }

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        ctx.save_data("key", vars[1]);
        ctx.save_data("p", vars[2]);
        return Apply((Tensor)vars[0], (uint)(long)vars[1], (double)vars[2]);
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        using var scope = NewDisposeScope();
        Tensor dx = Apply(grad_output.contiguous(), (uint)(long)ctx.get_data("key"), (double)ctx.get_data("p"));
        return ReturnedGradients.Keep(dx, null, null);
    }

    private static unsafe Tensor Apply(Tensor x, uint key, double probability)
    {
        Tensor y = empty_like(x);
        long count = x.numel();
        float* from = FusedKernels.Memory(x);
        float* into = FusedKernels.Memory(y);
        // Kept if the place's 32 random bits are not below p · 2³².
        uint threshold = (uint)Math.Min(uint.MaxValue, probability * 4294967296.0);
        float scale = (float)(1 / (1 - probability));
        FusedKernels.OverRows((count + Block - 1) / Block, Block, (first, end) =>
        {
            long at = (long)first * Block;
            long stop = Math.Min(count, (long)end * Block);
            Vector256<uint> lanes = Vector256.Create(0u, 1, 2, 3, 4, 5, 6, 7);
            for (; at + 8 <= stop; at += 8)
            {
                Vector256<uint> bits = Mix(lanes + Vector256.Create((uint)at), key);
                Vector256<float> kept = Vector256.GreaterThanOrEqual(bits, Vector256.Create(threshold)).AsSingle();
                Vector256.Store(Vector256.Load(from + at) * Vector256.Create(scale) & kept, into + at);
            }
            for (; at < stop; at++)
                into[at] = Mix(Vector256.Create((uint)at), key)[0] >= threshold ? from[at] * scale : 0;
        });
        GC.KeepAlive(x);
        return y;
    }

    /// <summary>A finaliser of two multiplications (the constants of murmur3), keyed before and between.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Mix(Vector256<uint> place, uint key)
    {
        Vector256<uint> x = place ^ Vector256.Create(key);
        x = (x ^ (x >>> 16)) * Vector256.Create(0x85EBCA6Bu);
        x = (x ^ (x >>> 13)) * Vector256.Create(0xC2B2AE35u);
        x ^= (x >>> 16) ^ Vector256.Create(key * 0x9E3779B9u);
        x = (x ^ (x >>> 15)) * Vector256.Create(0x2C1B3C6Du);
        return x ^ (x >>> 16);
    }
}
