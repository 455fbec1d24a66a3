using PeftSharp.Kernels;
using PeftSharp.Methods.Bottleneck;
using PeftSharp.Models;
using PeftSharp.Models.Slots;
using static TorchSharp.torch;

namespace PeftSharp.Methods.AdapterFusion;

/// <summary>The fusion of one place, and how soft its attention is by now.</summary>
internal sealed class FusionPlace(FusionOptions options, double dropout) : ISubLayerJoin
{
    /// <summary>Where the temperature starts; each training step takes a thousandth of it off, down to 1.</summary>
    public const double StartTemperature = 50;

    private const double Step = StartTemperature / 1000;

    public FusionProjection? Query { get; init; }

    public FusionProjection? Key { get; init; }

    /// <summary>W_v, (width, width).</summary>
    public Tensor? Value { get; init; }

    /// <summary>The temperature, (1), on the CPU; null stays at 1.</summary>
    public Tensor? Temperature { get; init; }

    public FusionOptions Options { get; } = options;

    public double Dropout { get; } = dropout;

    public ISubLayerTuner Join(IReadOnlyList<ISubLayerTuner> children)
    {
        foreach (ISubLayerTuner child in children)
            if (child is not BottleneckTuner)
                throw new PeftException("Fuse mixes single bottleneck adapters; put a stack or an average of them outside.");
        return new FusedAdapters(this, [.. children.Cast<BottleneckTuner>()]);
    }

    /// <summary>T of this pass; a training pass cools it down for the next one.</summary>
    public double Cool(Pass pass) => Temperature is null ? 1 : pass.Once(() => Cool(Temperature, pass));

    private static double Cool(Tensor temperature, Pass pass)
    {
        double now = temperature.item<float>();
        if (pass.Training)
        {
            using var noGrad = no_grad();
            using Tensor next = ones([1]).Times(Math.Max(now - Step, 1));
            temperature.copy_(next);
        }
        return now;
    }
}
