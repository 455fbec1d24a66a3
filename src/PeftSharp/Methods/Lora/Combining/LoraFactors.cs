using PeftSharp.Adapters;
using PeftSharp.Models.Nodes;
using static TorchSharp.torch;

namespace PeftSharp.Methods.Lora.Combining;

/// <summary>The factors of one slot: its delta is Scale · B A.</summary>
internal sealed record LoraFactors(Tensor A, Tensor B, double Scale)
{
    /// <summary>An adapter's factors in a slot, or null if it leaves the slot alone.</summary>
    public static LoraFactors? Of(Adapter adapter, Node node) => node switch
    {
        Linear => adapter.Slots.Linear.GetValueOrDefault(node.Id)?.OfType<LoraLinear>().FirstOrDefault() is { } linear
            ? new LoraFactors(linear.A, linear.B, linear.Scale)
            : null,
        Embedding => adapter.Slots.Embedding.GetValueOrDefault(node.Id)?.OfType<LoraEmbedding>().FirstOrDefault() is { } embedding
            ? new LoraFactors(embedding.A, embedding.B, embedding.Scale)
            : null,
        _ => null,
    };
}
