using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static TorchSharp.torch;

namespace PeftSharp.Kernels.Fused;

/// <summary>
/// L = log Σ e^x − x[label] for each row, and in place of the logits its gradient p − onehot(label), p = e^x / Σ e^x.
/// The sums are in fp32; no copy of the logits is made.
/// </summary>
internal static class FusedCrossEntropy
{
    private const int Lanes = 8;

    /// <summary>Takes contiguous logits (rows, classes) of whole vectors.</summary>
    public static bool Takes(Tensor logits) =>
        FusedKernels.Take(logits) && logits.is_contiguous() && logits.shape[1] % Lanes == 0;

    /// <summary>The summed loss.</summary>
    /// <param name="logits">(rows, classes), of the caller's own making.</param>
    /// <param name="labels">int64 (rows), contiguous, each of them a class.</param>
    /// <param name="gradient">True to leave the gradient in place of the logits.</param>
    public static double Run(Tensor logits, Tensor labels, bool gradient) =>
        logits.dtype == ScalarType.BFloat16 ? Run<Bf16>(logits, labels, gradient) : Run<Fp32>(logits, labels, gradient);

    private static unsafe double Run<T>(Tensor logits, Tensor labels, bool gradient)
        where T : unmanaged, IElement<T>
    {
        int rows = (int)logits.shape[0], classes = (int)logits.shape[1];
        T* memory = FusedKernels.Memory<T>(logits);
        long* wanted = FusedKernels.Memory<long>(labels);
        double[] losses = new double[rows];
        FusedKernels.OverRows(rows, classes, [MethodImpl(MethodImplOptions.AggressiveOptimization)] (first, end) =>
        {
            for (int row = first; row < end; row++)
            {
                T* x = memory + (long)row * classes;
                Vector256<float> largest = Vector256.Create(float.NegativeInfinity);
                for (int j = 0; j < classes; j += Lanes)
                    largest = Vector256.MaxNative(largest, T.Load(x + j));
                float top = VectorMath.Largest(largest);
                Vector256<float> offset = Vector256.Create(top), sum = default;
                for (int j = 0; j < classes; j += Lanes)
                    sum += VectorMath.Exp(T.Load(x + j) - offset);
                double normaliser = top + Math.Log(Vector256.Sum(sum));
                long label = wanted[row];
                losses[row] = normaliser - T.One(x[label]);
                if (!gradient)
                    continue;
                float right = (float)(Math.Exp(-losses[row]) - 1);
                Vector256<float> all = Vector256.Create((float)normaliser);
                for (int j = 0; j < classes; j += Lanes)
                    T.Store(VectorMath.Exp(T.Load(x + j) - all), x + j);
                Rest.Store(Vector256.Create(right), x + label, 1);
            }
        });
        GC.KeepAlive(logits);
        GC.KeepAlive(labels);
        return losses.Sum();
    }
}
