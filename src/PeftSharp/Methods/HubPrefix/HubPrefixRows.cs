using PeftSharp.Methods.Bottleneck;
using PeftSharp.Models;
using PeftSharp.Models.Slots;
using static TorchSharp.torch;

namespace PeftSharp.Methods.HubPrefix;

/// <summary>
/// Keys and values in front, from (count, layers · 2 · heads · width) in this order; each layer's may be multiplied by a
/// gate of its attention's input. Tokens keep the positions that they have without the prefix.
/// </summary>
/// <param name="options">The method's options.</param>
/// <param name="shape">The attention of the model.</param>
/// <param name="layers">The numbers of the layers that have a prefix, in order.</param>
/// <param name="prefix">Makes the flat prefix of these layers; what it returns is the caller's.</param>
/// <param name="gates">The gates of these layers; empty for none.</param>
internal sealed class HubPrefixRows(
    HubPrefixOptions options, AttentionShape shape, int[] layers, Func<Tensor> prefix, IReadOnlyList<TrainedGate> gates) : IAttentionTuner
{
    public int Count => options.PrefixLength;

    public bool TakesPositions => false;

    public bool HasGates => gates.Count > 0;

    public int? Part(int layer) => Array.IndexOf(layers, layer) is var part and >= 0 ? part : null;

    public Tensor Rows(Pass pass)
    {
        using var scope = NewDisposeScope();
        return pass.Dropout(prefix(), options.Dropout)
            .view(Count, layers.Length, 2, shape.KeyValueHeads, shape.HeadWidth)
            .permute(1, 2, 3, 0, 4)
            .MoveToOuterDisposeScope();
    }

    public Tensor? Gate(int layer, Tensor hidden)
    {
        if (gates.Count == 0)
            return null;
        using var scope = NewDisposeScope();
        // (batch, 1, 1), or (batch, 1, 2) with the keys' first.
        Tensor gate = gates[Part(layer)!.Value].Forward(hidden);
        return gate.transpose(1, 2).unsqueeze(-1).unsqueeze(-1).MoveToOuterDisposeScope();
    }
}
