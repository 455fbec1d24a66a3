using PeftSharp.Methods.Bottleneck;
using PeftSharp.Models;
using PeftSharp.Models.Slots;
using static TorchSharp.torch;

namespace PeftSharp.Methods.HubPrefix;

/// <summary>
/// Keys and values in front, from (count, layers · 2 · heads · width) in this order; each layer's may be multiplied by a
/// gate of its attention's input. Tokens keep the positions that they have without the prefix.
/// </summary>
internal sealed class HubPrefixRows(HubPrefixOptions options, AttentionShape shape, Func<Tensor> prefix, IReadOnlyList<TrainedGate> gates) : IAttentionTuner
{
    public int Count => options.PrefixLength;

    public bool TakesPositions => false;

    public Tensor Rows(Pass pass)
    {
        using var scope = NewDisposeScope();
        return pass.Dropout(prefix(), options.Dropout)
            .view(Count, shape.Layers, 2, shape.KeyValueHeads, shape.HeadWidth)
            .permute(1, 2, 3, 0, 4)
            .MoveToOuterDisposeScope();
    }

    public Tensor? Gate(int layer, Tensor hidden)
    {
        if (gates.Count == 0)
            return null;
        using var scope = NewDisposeScope();
        // (batch, 1, 1), or (batch, 1, 2) with the keys' first.
        Tensor gate = gates[layer].Forward(hidden);
        return gate.transpose(1, 2).unsqueeze(-1).unsqueeze(-1).MoveToOuterDisposeScope();
    }
}
