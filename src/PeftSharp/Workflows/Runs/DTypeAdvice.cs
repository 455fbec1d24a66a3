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
    /// <param name="rate">Operations a second in a dtype; null measures them (<see cref="Rate"/>).</param>
    public static string? For(ScalarType chosen, ScalarType preferred, Func<ScalarType, double>? rate = null)
    {
        if (chosen == preferred)
            return null;
        rate ??= Rate;
        (double own, double best) = (rate(chosen), rate(preferred));
        return best <= Much * own ? null : string.Create(
            CultureInfo.InvariantCulture,
            $"dtype {Dtypes.NameOf(chosen)} is slow on this machine: its products run at {own / 1e9:0.#} GFLOP/s, those of {Dtypes.NameOf(preferred)} at {best / 1e9:0.#} ({best / own:0.0} times as fast). dtype: {Dtypes.Auto} takes {Dtypes.NameOf(preferred)}.");
    }

    /// <summary>Operations a second of a frozen product and the gradient to its inputs, as a run computes them; takes some ten milliseconds.</summary>
    public static double Rate(ScalarType dtype)
    {
        const int Rows = 128, Width = 576, Runs = 4;
        const double Operations = 2.0 * 2 * Rows * Width * Width, Enough = 0.02;
        using var scope = NewDisposeScope();
        // No two rows alike, and nothing drawn from torch's generator, which decides a run.
        Tensor weight = ScalarMath.Range(0, Width * Width, CPU).to(ScalarType.Float32).sin().view(Width, Width).to(dtype);
        Tensor x = weight.narrow(0, 0, Rows).clone().requires_grad_(), dy = weight.narrow(0, 0, Rows);
        using IFrozenProduct product = FrozenProducts.Of(weight);
        double best = 0, spent = 0;
        for (int run = 0; run < Runs && (run < 2 || spent < Enough); run++)
        {
            long start = Stopwatch.GetTimestamp();
            using Tensor y = FrozenLinear.Forward(x, weight, null, product);
            y.backward([dy]);
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            (best, spent) = (Math.Max(best, Operations / seconds), spent + seconds);
        }
        return best;
    }
}
