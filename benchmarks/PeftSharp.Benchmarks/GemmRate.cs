using System.Diagnostics;
using PeftSharp.Kernels.Packed;
using static TorchSharp.torch;

namespace PeftSharp.Benchmarks;

/// <summary>The rates of libtorch's plain product and of the packed one: what every other figure is a share of.</summary>
internal static class GemmRate
{
    public static void Run()
    {
        foreach (ScalarType dtype in (ScalarType[])[ScalarType.Float32, ScalarType.BFloat16])
            Console.WriteLine($"{dtype,-9} {Plain(dtype),7:f1} plain, {Packed(dtype),7:f1} packed, {PackedBack(dtype),7:f1} packed to the inputs, GFLOP/s");
    }

    /// <summary>The best of several runs of linear(1024×576, 1536×576), in GFLOP/s.</summary>
    public static double Plain(ScalarType dtype) => Measure(dtype, (x, w) => () => nn.functional.linear(x, w));

    /// <summary>The same product over a packed weight.</summary>
    public static double Packed(ScalarType dtype) => Measure(dtype, (x, w) =>
    {
        PackedWeight packed = new(w);
        return packed.IsReady(backward: false) ? () => packed.Product(x, null) : () => nn.functional.linear(x, w);
    });

    /// <summary>The gradient to its inputs.</summary>
    public static double PackedBack(ScalarType dtype) => Measure(dtype, (x, w) =>
    {
        PackedWeight packed = new(w);
        Tensor dy = nn.functional.linear(x, w);
        return packed.IsReady(backward: true) ? () => packed.GradientToInputs(dy) : () => dy.matmul(w);
    });

    private static double Measure(ScalarType dtype, Func<Tensor, Tensor, Func<Tensor>> product)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        Func<Tensor> run = product(randn(1024, 576).to(dtype), randn(1536, 576).to(dtype));
        const double Operations = 2.0 * 1024 * 576 * 1536;
        double best = 0;
        for (int at = 0; at < 12; at++)
        {
            long start = Stopwatch.GetTimestamp();
            const int Repeats = 10;
            for (int i = 0; i < Repeats; i++)
                run().Dispose();
            best = Math.Max(best, Repeats * Operations / Stopwatch.GetElapsedTime(start).TotalSeconds / 1e9);
        }
        return best;
    }
}
