using System.Diagnostics;
using static TorchSharp.torch;

namespace PeftSharp.Benchmarks;

/// <summary>The rate of libtorch's plain product: what every other figure is a share of.</summary>
internal static class GemmRate
{
    public static void Run()
    {
        foreach (ScalarType dtype in (ScalarType[])[ScalarType.Float32, ScalarType.BFloat16])
            Console.WriteLine($"{dtype,-9} {Measure(dtype),7:f1} GFLOP/s");
    }

    /// <summary>The best of several runs of linear(1024×576, 1536×576), in GFLOP/s.</summary>
    public static double Measure(ScalarType dtype)
    {
        using var noGrad = no_grad();
        using Tensor x = randn(1024, 576).to(dtype);
        using Tensor w = randn(1536, 576).to(dtype);
        const double Operations = 2.0 * 1024 * 576 * 1536;
        double best = 0;
        for (int run = 0; run < 12; run++)
        {
            long start = Stopwatch.GetTimestamp();
            const int Repeats = 10;
            for (int i = 0; i < Repeats; i++)
                nn.functional.linear(x, w).Dispose();
            best = Math.Max(best, Repeats * Operations / Stopwatch.GetElapsedTime(start).TotalSeconds / 1e9);
        }
        return best;
    }
}
