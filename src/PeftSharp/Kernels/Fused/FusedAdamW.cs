using System.Runtime.Intrinsics;
using static TorchSharp.torch;

namespace PeftSharp.Kernels.Fused;

/// <summary>The steps of <see cref="AdamW"/> for fp32 tensors, each value read and written once.</summary>
internal static unsafe class FusedAdamW
{
    public static void Step(
        Tensor[] parameters, Tensor[] gradients, Tensor[] means, Tensor[] squares, long step,
        double learningRate, double beta1, double beta2, double epsilon, double weightDecay)
    {
        float kept = (float)(1 - learningRate * weightDecay), rate = (float)(learningRate / (1 - Math.Pow(beta1, step)));
        float root = (float)(1 / Math.Sqrt(1 - Math.Pow(beta2, step))), e = (float)epsilon;
        (float b1, float a1, float b2, float a2) = ((float)beta1, (float)(1 - beta1), (float)beta2, (float)(1 - beta2));
        new Stretches(parameters, gradients, means, squares).Run((_, at, count) =>
        {
            float* p = at[0], g = at[1], m = at[2], v = at[3];
            int i = 0;
            for (; i + Vector256<float>.Count <= count; i += Vector256<float>.Count)
            {
                Vector256<float> gradient = Vector256.Load(g + i);
                Vector256<float> mean = Vector256.Load(m + i) * b1 + gradient * a1;
                Vector256<float> square = Vector256.Load(v + i) * b2 + gradient * gradient * a2;
                Vector256<float> denominator = Vector256.Sqrt(square) * root + Vector256.Create(e);
                Vector256.Store(mean, m + i);
                Vector256.Store(square, v + i);
                Vector256.Store(Vector256.Load(p + i) * kept - mean * rate / denominator, p + i);
            }
            for (; i < count; i++)
            {
                m[i] = m[i] * b1 + g[i] * a1;
                v[i] = v[i] * b2 + g[i] * g[i] * a2;
                p[i] = p[i] * kept - m[i] * rate / (MathF.Sqrt(v[i]) * root + e);
            }
        });
    }
}
