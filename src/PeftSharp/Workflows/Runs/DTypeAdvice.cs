using System.Diagnostics;
using System.Globalization;
using PeftSharp.Kernels;
using PeftSharp.Kernels.Packed;
using PeftSharp.Models;
using PeftSharp.Tensors;
using PeftSharp.Workflows.Configuration;
using TorchSharp;
using static TorchSharp.torch;

namespace PeftSharp.Workflows.Runs;

/// <summary>Whether the dtype that a run was given is much slower on this machine than the one that <c>auto</c> takes: measured, not assumed.</summary>
internal static class DTypeAdvice
{
    /// <summary>How many times as slow is worth a word.</summary>
    private const double Much = 1.5;

    /// <summary>What to tell the user once, or null; of dtypes on the CPU alone.</summary>
    public static string? For(BaseModelOptions options) =>
        options.Compute == ComputeMode.Auto && options.Device is (null or { type: DeviceType.CPU })
            ? For(options.Dtype, MachineInfo.DTypeFor(CpuFeatures.Current))
            : null;

    /// <summary>What to tell the user once, or null.</summary>
    /// <param name="chosen">The dtype of the run.</param>
    /// <param name="preferred">What <c>auto</c> takes; where it is chosen nothing is measured.</param>
    /// <param name="measure">Operations a second in each of some dtypes; null for <see cref="Rates"/>.</param>
    public static string? For(ScalarType chosen, ScalarType preferred, Func<ScalarType[], double[]>? measure = null)
    {
        if (chosen == preferred)
            return null;
        double[] rates = (measure ?? Rates)([chosen, preferred]);
        (double own, double best) = (rates[0], rates[1]);
        return best <= Much * own ? null : string.Create(
            CultureInfo.InvariantCulture,
            $"dtype {Dtypes.NameOf(chosen)} is slow on this machine: its products run at {own / 1e9:0.#} GFLOP/s, those of {Dtypes.NameOf(preferred)} at {best / 1e9:0.#} ({best / own:0.0} times as fast). dtype: {Dtypes.Auto} takes {Dtypes.NameOf(preferred)}.");
    }

    /// <summary>
    /// Operations a second of a frozen product and the gradient to its inputs in each dtype, as a run computes them: the best of some
    /// runs, taken by turns so that a machine that is busy for a moment is so for all of them.
    /// </summary>
    public static double[] Rates(params ScalarType[] dtypes)
    {
        const int Most = 8, Least = 3;
        const double Enough = 0.05;
        using var scope = NewDisposeScope();
        Probe[] probes = [.. dtypes.Select(dtype => new Probe(dtype))];
        double spent = 0;
        for (int run = 0; run < Most && (run < Least || spent < Enough); run++)
            spent += probes.Sum(probe => probe.Run());
        foreach (Probe probe in probes)
            probe.Dispose();
        return [.. probes.Select(probe => probe.Best)];
    }

    /// <summary>A product in one dtype.</summary>
    private sealed class Probe : IDisposable
    {
        private const int Rows = 128, Width = 576;
        private readonly Tensor _weight, _x, _dy;
        private readonly IFrozenProduct _product;

        public Probe(ScalarType dtype)
        {
            // No two rows alike, and nothing drawn from torch's generator, which decides a run.
            _weight = ScalarMath.Range(0, Width * Width, CPU).to(ScalarType.Float32).sin().view(Width, Width).to(dtype);
            _dy = _weight.narrow(0, 0, Rows);
            _x = _dy.clone().requires_grad_();
            _product = FrozenProducts.Of(_weight);
        }

        public double Best { get; private set; }

        /// <summary>Once forward and back.</summary>
        /// <returns>The seconds it took.</returns>
        public double Run()
        {
            long start = Stopwatch.GetTimestamp();
            using Tensor y = FrozenLinear.Forward(_x, _weight, null, _product);
            y.backward([_dy]);
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            Best = Math.Max(Best, 2.0 * 2 * Rows * Width * Width / seconds);
            return seconds;
        }

        public void Dispose() => _product.Dispose();
    }
}
