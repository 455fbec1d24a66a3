using System.Runtime.Intrinsics;
using static TorchSharp.torch;

namespace PeftSharp.Kernels.Fused;

/// <summary>The gradients of a step: their norm, and their product with a factor.</summary>
internal static unsafe class FusedGradients
{
    /// <summary>The 2-norm of all values together; summed in the same order whatever the threads.</summary>
    public static double Norm(Tensor[] gradients)
    {
        Stretches stretches = new(gradients);
        var sums = new double[stretches.Count];
        stretches.Run((stretch, at, count) => sums[stretch] = SquareSum(at[0], count));
        return Math.Sqrt(sums.Sum());
    }

    /// <summary>Every gradient ← gradient · factor.</summary>
    public static void Scale(Tensor[] gradients, float factor) =>
        new Stretches(gradients).Run((_, at, count) =>
        {
            float* g = at[0];
            int i = 0;
            for (; i + Vector256<float>.Count <= count; i += Vector256<float>.Count)
                Vector256.Store(Vector256.Load(g + i) * factor, g + i);
            for (; i < count; i++)
                g[i] *= factor;
        });

    private static double SquareSum(float* g, int count)
    {
        Vector256<float> sums = default;
        int i = 0;
        for (; i + Vector256<float>.Count <= count; i += Vector256<float>.Count)
        {
            Vector256<float> value = Vector256.Load(g + i);
            sums = Vector256.FusedMultiplyAdd(value, value, sums);
        }
        double sum = Vector256.Sum(sums);
        for (; i < count; i++)
            sum += g[i] * g[i];
        return sum;
    }
}
