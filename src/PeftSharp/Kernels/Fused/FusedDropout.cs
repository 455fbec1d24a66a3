using static TorchSharp.torch;

namespace PeftSharp.Kernels.Fused;

/// <summary>
/// y = x · keep / (1 − p), with a <see cref="CounterMask"/>: nothing is stored for the backward. The key comes from
/// torch's generator: <c>manual_seed</c> decides the run.
/// </summary>
internal sealed class FusedDropout : autograd.SingleTensorFunction<FusedDropout>
{
    private const int Block = 4096;

    public override string Name => nameof(FusedDropout);

    public static bool Takes(Tensor x) => FusedKernels.Take(x) && x.is_contiguous();

    public static Tensor Run(Tensor x, double probability)
    {
        using var scope = NewDisposeScope();
        long key = DrawKey();
        if (FusedKernels.NeedsGraph(x))
            return apply(x, key, probability).MoveToOuterDisposeScope();
        return Apply(x, (uint)key, probability).MoveToOuterDisposeScope();
    }

    /// <summary>A key from torch's generator.</summary>
    public static uint DrawKey()
    {
        using Tensor drawn = randint(0, uint.MaxValue, [1], dtype: ScalarType.Int64);
        return (uint)drawn.item<long>();
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
        CounterMask mask = new(key, probability);
        FusedKernels.OverRows((count + Block - 1) / Block, Block, (first, end) =>
        {
            long at = (long)first * Block;
            mask.Apply(from + at, into + at, at, Math.Min(count, (long)end * Block) - at);
        });
        GC.KeepAlive(x);
        return y;
    }
}
