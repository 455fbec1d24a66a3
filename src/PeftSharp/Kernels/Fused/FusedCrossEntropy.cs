using System.Runtime.CompilerServices;
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
        FusedKernels.OverRows(rows, classes, (first, end) =>
        {
            for (int row = first; row < end; row++)
            {
                T* x = memory + (long)row * classes;
                losses[row] = Wide.Takes(classes) ? Row<T, V16>(x, classes, wanted[row], gradient) : Row<T, V8>(x, classes, wanted[row], gradient);
            }
        });
        GC.KeepAlive(logits);
        GC.KeepAlive(labels);
        return losses.Sum();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe double Row<T, V>(T* x, int classes, long label, bool gradient)
        where T : unmanaged, IElement<T>
        where V : unmanaged, IVector<V>
    {
        V largest = V.Create(float.NegativeInfinity);
        for (int j = 0; j < classes; j += V.Count)
            largest = V.Max(largest, V.Load(x + j));
        float top = V.Largest(largest);
        V offset = V.Create(top), sum = V.Create(0);
        for (int j = 0; j < classes; j += V.Count)
            sum += VectorMath.Exp(V.Load(x + j) - offset);
        double normaliser = top + Math.Log(V.Sum(sum));
        double loss = normaliser - T.One(x[label]);
        if (!gradient)
            return loss;
        V all = V.Create((float)normaliser);
        for (int j = 0; j < classes; j += V.Count)
            V.Store(VectorMath.Exp(V.Load(x + j) - all), x + j);
        Rest.Store(V8.Create((float)(Math.Exp(-loss) - 1)), x + label, 1);
        return loss;
    }
}
