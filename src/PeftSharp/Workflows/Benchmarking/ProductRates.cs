using System.Diagnostics;
using PeftSharp.Kernels.Int8;
using PeftSharp.Kernels.Packed;
using PeftSharp.Models;
using static TorchSharp.torch;

namespace PeftSharp.Workflows.Benchmarking;

/// <summary>What the machine's matrix units reach with one product, 1024×576×1536: the measure of everything else.</summary>
/// <param name="Plain">libtorch's own operator, in operations (a multiplication or an addition) a second.</param>
/// <param name="Packed">The product over a packed weight, in int8 where that is asked for; that of <paramref name="Plain"/> where nothing is packed.</param>
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

    /// <summary>Why <see cref="ComputeMode.Int8"/> is refused on this machine; null where it is not.</summary>
    public static string? WhyNoInt8 => Int8Support.Missing;

    /// <summary>Measures, each the best of several runs; takes about a second.</summary>
    /// <param name="dtype">Of weights and activations.</param>
    /// <param name="compute">With <see cref="ComputeMode.Int8"/> the packed rates are those of the int8 products alone, without what quantises and scales.</param>
    public static ProductRates Measure(ScalarType dtype, ComputeMode compute = ComputeMode.Auto)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using Generator random = new(1);
        Tensor Normal(params long[] shape) => randn(shape, generator: random).to(dtype);
        Tensor x = Normal(1024, 576), w = Normal(1536, 576), dy = Normal(1024, 1536);
        if (compute == ComputeMode.Int8)
            return new(Rate(() => nn.functional.linear(x, w)), Int8Rate(w, x), Int8Rate(w.t(), dy));
        using IFrozenProduct packed = FrozenProducts.Of(w);
        double plain = Rate(() => nn.functional.linear(x, w));
        return packed.Takes(x, backward: true)
            ? new(plain, Rate(() => packed.Product(x, null)), Rate(() => packed.GradientToInputs(dy)))
            : new(plain, plain, Rate(() => dy.matmul(w)));
    }

    private static double Int8Rate(Tensor weight, Tensor x)
    {
        QuantisedRows rows = RowQuantiser.Run(weight.contiguous(), null, ScalarType.Int8);
        using Int8Matrix matrix = Int8Matrix.Of(rows.Values, rows.Scales);
        Tensor values = RowQuantiser.Run(x, null, ScalarType.Byte).Values;
        return Rate(() => matrix.Multiply(values, x.dtype));
    }

    private static double Rate(Func<Tensor> product)
    {
        const double Operations = 2.0 * 1024 * 576 * 1536;
        const int Runs = 12, Repeats = 10;
        // Where libtorch has no fast product in the dtype, a few are enough to see it.
        const double Enough = 0.5;
        double best = 0;
        long begin = Stopwatch.GetTimestamp();
        for (int run = 0; run < Runs && Stopwatch.GetElapsedTime(begin).TotalSeconds < Enough; run++)
        {
            long start = Stopwatch.GetTimestamp();
            int done = 0;
            while (done < Repeats && Stopwatch.GetElapsedTime(start).TotalSeconds < Enough)
            {
                product().Dispose();
                done++;
            }
            best = Math.Max(best, done * Operations / Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        return best;
    }
}
