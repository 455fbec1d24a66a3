using System.Diagnostics;
using PeftSharp.Kernels.Packed;
using static TorchSharp.torch;

namespace PeftSharp.Workflows.Benchmarking;

/// <summary>What the machine's matrix units reach with one product, 1024×576×1536: the measure of everything else.</summary>
/// <param name="Plain">libtorch's own operator, in operations (a multiplication or an addition) a second.</param>
/// <param name="Packed">The product over a packed weight; that of <paramref name="Plain"/> where nothing is packed.</param>
/// <param name="PackedBack">The gradient to its inputs.</param>
public sealed record ProductRates(double Plain, double Packed, double PackedBack)
{
    /// <summary>The best of them.</summary>
    public double Best => Math.Max(Plain, Math.Max(Packed, PackedBack));

    /// <summary>
    /// True where products with frozen weights of that dtype go through oneDNN's packed kernels: the processor has AVX-512
    /// (for bf16 its bfloat16 units too) and this build of libtorch has the kernels.
    /// </summary>
    public static bool ArePacked(ScalarType dtype) => PackedLinear.Supports(dtype);

    /// <summary>Measures, each the best of several runs; takes about a second.</summary>
    public static ProductRates Measure(ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        Tensor x = randn(1024, 576).to(dtype), w = randn(1536, 576).to(dtype), dy = randn(1024, 1536).to(dtype);
        using PackedWeight packed = new(w);
        double plain = Rate(() => nn.functional.linear(x, w));
        return PackedLinear.Supports(dtype) && packed.IsReady(backward: true)
            ? new(plain, Rate(() => packed.Product(x, null)), Rate(() => packed.GradientToInputs(dy)))
            : new(plain, plain, Rate(() => dy.matmul(w)));
    }

    private static double Rate(Func<Tensor> product)
    {
        const double Operations = 2.0 * 1024 * 576 * 1536;
        const int Runs = 12, Repeats = 10;
        double best = 0;
        for (int run = 0; run < Runs; run++)
        {
            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < Repeats; i++)
                product().Dispose();
            best = Math.Max(best, Repeats * Operations / Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        return best;
    }
}
