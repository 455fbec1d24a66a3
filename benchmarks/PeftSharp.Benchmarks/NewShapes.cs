using System.Diagnostics;
using PeftSharp.Kernels.Packed;
using static TorchSharp.torch;

namespace PeftSharp.Benchmarks;

/// <summary>oneDNN compiles a kernel for every new shape: what the first product with a number of rows costs.</summary>
internal static class NewShapes
{
    public static void Run()
    {
        using var noGrad = no_grad();
        foreach (ScalarType dtype in (ScalarType[])[ScalarType.Float32, ScalarType.BFloat16])
        {
            using Tensor weight = randn(1536, 576).to(dtype);
            using PackedWeight packed = new(weight);
            if (!packed.IsReady(backward: true))
                continue;
            List<double> first = [], later = [];
            for (int rows = 33; rows < 400; rows += 7)
            {
                using Tensor x = randn(rows, 576).to(dtype);
                first.Add(Milliseconds(() => packed.Product(x, null)));
                later.Add(Milliseconds(() => packed.Product(x, null)));
            }
            first.Sort();
            later.Sort();
            Console.WriteLine($"{dtype,-9} first {first[first.Count / 2]:f2} ms, later {later[later.Count / 2]:f2} ms (medians over {first.Count} numbers of rows)");
        }
    }

    private static double Milliseconds(Func<Tensor> product)
    {
        long start = Stopwatch.GetTimestamp();
        product().Dispose();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }
}
