using PeftSharp.Adapters;
using PeftSharp.Kernels;
using PeftSharp.Methods.Lora;
using PeftSharp.Models.Nodes;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Parity;

/// <summary>
/// How far the reference's own rounding moves its logits where a part of the base was decomposed: it does so in single precision, whose
/// result is the exact one of a weight with rounding-sized noise, and where neighbouring singular values are close such noise turns
/// their vectors a good deal further. Measured by decomposing weights with such noise.
/// </summary>
internal static class StartRounding
{
    private const int Draws = 4;
    // LAPACK promises a small multiple of 2⁻²³ of the weight's size.
    private const double Rounding = 4.8e-7;

    /// <summary>Twice the largest move of a logit; 0 for an adapter that took nothing off its base.</summary>
    public static double Of(GoldenCase golden)
    {
        if (golden.Adapter?.Options is not LoraOptions { Init.TakesFromBase: true } options)
            return 0;
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using Generator random = new(11);
        RandomTensors noise = new(seed: 11);
        Tensor logits = golden.Logits();
        double most = 0;
        for (int draw = 0; draw < Draws; draw++)
        {
            List<(Tensor Left, Tensor Kept)> changed = [.. Modules(golden.Adapter).Select(pair => Disturb(golden.Adapter, pair.Node, pair.Lora, options, random, noise))];
            most = Math.Max(most, golden.Logits().sub(logits).abs().max().item<float>());
            foreach ((Tensor rest, Tensor kept) in changed)
                rest.copy_(kept);
        }
        return 2 * most;
    }

    private static IEnumerable<(Linear Node, LoraLinear Lora)> Modules(Adapter adapter) =>
        from node in adapter.Model.Nodes.OfType<Linear>()
        where adapter.Slots.Linear.ContainsKey(node.Id)
        from lora in adapter.Slots.Linear[node.Id].OfType<LoraLinear>()
        select (node, lora);

    private static (Tensor Left, Tensor Kept) Disturb(Adapter adapter, Linear node, LoraLinear lora, LoraOptions options, Generator random, RandomTensors noise)
    {
        Tensor weight = node.Weight.Value, rest = adapter.Effective(node.Weight), kept = rest.clone();
        Tensor rounding = noise.Normal(weight.shape).mul(weight.abs().max()).Times(Rounding);
        (Tensor a, Tensor b) = WeightStart.Of(random, weight.Plus(rounding), (int)lora.A.shape[0], options.Init, lora.Scale);
        using Tensor disturbed = WeightStart.Rest(weight, a, b, lora.Scale);
        rest.copy_(disturbed);
        return (rest, kept);
    }
}
