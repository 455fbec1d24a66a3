using System.Runtime.Intrinsics;
using static TorchSharp.torch;

namespace PeftSharp.Kernels.Fused;

/// <summary>
/// y = n w + b with n = (s − mean(s)) r, r = 1 / √(var(s) + ε), s = x + drop(h): the end of a post-norm sub-layer in one
/// pass each way. For frozen w and b, with g = dy ∘ w:
/// dx = r (g − mean(g) − n mean(g ∘ n)); dh = drop(dx) with the same mask. Only n and r are kept.
/// </summary>
internal sealed class FusedResidualNorm : autograd.SingleTensorFunction<FusedResidualNorm>
{
    private const int Lanes = 8;

    public override string Name => nameof(FusedResidualNorm);

    public static bool Takes(Tensor hidden, Tensor residual, Tensor weight, Tensor bias) =>
        FusedKernels.Take(hidden) && FusedKernels.Take(residual) && hidden.is_contiguous() && residual.is_contiguous()
        && hidden.shape[^1] % Lanes == 0 && hidden.numel() == residual.numel()
        && weight.dtype == ScalarType.Float32 && weight.is_contiguous() && !weight.requires_grad
        && bias.dtype == ScalarType.Float32 && bias.is_contiguous() && !bias.requires_grad;

    public static Tensor Run(Tensor hidden, Tensor residual, Tensor weight, Tensor bias, double epsilon, double dropout)
    {
        using var scope = NewDisposeScope();
        uint key = dropout > 0 ? FusedDropout.DrawKey() : 0;
        if (FusedKernels.NeedsGraph(hidden) || FusedKernels.NeedsGraph(residual))
            return apply(hidden, residual, weight, bias, epsilon, dropout, (long)key).MoveToOuterDisposeScope();
        return Compute(hidden, residual, weight, bias, epsilon, dropout, key, keep: false).Y.MoveToOuterDisposeScope();
    }

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        Tensor weight = (Tensor)vars[2];
        (Tensor y, Tensor? normal, Tensor? inverse) = Compute(
            (Tensor)vars[0], (Tensor)vars[1], weight, (Tensor)vars[3], (double)vars[4], (double)vars[5], (uint)(long)vars[6], keep: true);
        ctx.save_data("p", vars[5]);
        ctx.save_data("key", vars[6]);
        ctx.save_for_backward([normal!, inverse!, weight]);
        return y;
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        using var scope = NewDisposeScope();
        List<Tensor> saved = ctx.get_saved_variables();
        (Tensor dh, Tensor dx) = Backward(
            grad_output.contiguous(), saved[0], saved[1], saved[2], (double)ctx.get_data("p"), (uint)(long)ctx.get_data("key"));
        foreach (Tensor tensor in saved)
            tensor.Dispose();
        return ReturnedGradients.Keep(dh, dx, null, null, null, null, null);
    }

    private static unsafe (Tensor Y, Tensor? Normal, Tensor? Inverse) Compute(
        Tensor hidden, Tensor residual, Tensor weight, Tensor bias, double epsilon, double dropout, uint key, bool keep)
    {
        int width = (int)hidden.shape[^1], rows = (int)(hidden.numel() / width);
        Tensor y = empty_like(hidden);
        Tensor? normal = keep ? empty_like(hidden) : null, inverse = keep ? empty(rows) : null;
        float* h = FusedKernels.Memory(hidden), x = FusedKernels.Memory(residual), into = FusedKernels.Memory(y);
        float* w = FusedKernels.Memory(weight), b = FusedKernels.Memory(bias);
        // Without a graph the normalised values need no place of their own.
        float* n = normal is null ? into : FusedKernels.Memory(normal);
        float* inverses = inverse is null ? null : FusedKernels.Memory(inverse);
        CounterMask mask = new(key, dropout);
        FusedKernels.OverRows(rows, 4L * width, (first, end) =>
        {
            for (int row = first; row < end; row++)
            {
                long at = (long)row * width;
                float* s = n + at;
                if (dropout > 0)
                    mask.Apply(h + at, s, at, width);
                Vector256<float> sum = default;
                for (int j = 0; j < width; j += Lanes)
                {
                    Vector256<float> both = Vector256.Load((dropout > 0 ? s : h + at) + j) + Vector256.Load(x + at + j);
                    sum += both;
                    Vector256.Store(both, s + j);
                }
                Vector256<float> mean = Vector256.Create(Vector256.Sum(sum) / width), squares = default;
                for (int j = 0; j < width; j += Lanes)
                {
                    Vector256<float> centred = Vector256.Load(s + j) - mean;
                    squares = Vector256.FusedMultiplyAdd(centred, centred, squares);
                }
                float variance = Vector256.Sum(squares) / width;
                // One that overflowed says nothing about the values: a loss that is no number is noticed, a silent 0 is not.
                float r = float.IsFinite(variance) ? (float)(1 / Math.Sqrt(variance + epsilon)) : float.NaN;
                if (inverses is not null)
                    inverses[row] = r;
                Vector256<float> factor = Vector256.Create(r);
                for (int j = 0; j < width; j += Lanes)
                {
                    Vector256<float> value = (Vector256.Load(s + j) - mean) * factor;
                    Vector256.Store(value, s + j);
                    Vector256.Store(Vector256.FusedMultiplyAdd(value, Vector256.Load(w + j), Vector256.Load(b + j)), into + at + j);
                }
            }
        });
        GC.KeepAlive(hidden);
        GC.KeepAlive(residual);
        GC.KeepAlive(weight);
        GC.KeepAlive(bias);
        return (y, normal, inverse);
    }

    private static unsafe (Tensor Hidden, Tensor Residual) Backward(
        Tensor dy, Tensor normal, Tensor inverse, Tensor weight, double dropout, uint key)
    {
        int width = (int)normal.shape[^1], rows = (int)(normal.numel() / width);
        Tensor dx = empty_like(normal), dh = dropout > 0 ? empty_like(normal) : dx.alias();
        float* gradient = FusedKernels.Memory(dy), n = FusedKernels.Memory(normal), w = FusedKernels.Memory(weight);
        float* inverses = FusedKernels.Memory(inverse), intoX = FusedKernels.Memory(dx), intoH = FusedKernels.Memory(dh);
        CounterMask mask = new(key, dropout);
        FusedKernels.OverRows(rows, 4L * width, (first, end) =>
        {
            for (int row = first; row < end; row++)
            {
                long at = (long)row * width;
                Vector256<float> sum = default, along = default;
                for (int j = 0; j < width; j += Lanes)
                {
                    Vector256<float> g = Vector256.Load(gradient + at + j) * Vector256.Load(w + j);
                    sum += g;
                    along = Vector256.FusedMultiplyAdd(g, Vector256.Load(n + at + j), along);
                }
                Vector256<float> mean = Vector256.Create(Vector256.Sum(sum) / width), part = Vector256.Create(Vector256.Sum(along) / width);
                Vector256<float> r = Vector256.Create(inverses[row]);
                for (int j = 0; j < width; j += Lanes)
                {
                    Vector256<float> g = Vector256.Load(gradient + at + j) * Vector256.Load(w + j);
                    Vector256.Store(r * (g - mean - Vector256.Load(n + at + j) * part), intoX + at + j);
                }
                if (dropout > 0)
                    mask.Apply(intoX + at, intoH + at, at, width);
            }
        });
        GC.KeepAlive(dy);
        return (dh, dx);
    }
}
