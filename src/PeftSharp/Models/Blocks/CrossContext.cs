using static TorchSharp.torch;

namespace PeftSharp.Models.Blocks;

/// <summary>What the cross attentions of a decoder read; in a generation its cache has the keys and values, and the states are not there.</summary>
/// <param name="States">The encoder's last hidden states, (batch, rows, hidden), or null.</param>
/// <param name="Masks">What is added to the scores of each layer.</param>
/// <param name="Virtual">Keys and values in front of those of the states, or null.</param>
internal readonly record struct CrossContext(Tensor? States, LayerMasks Masks, VirtualTokens? Virtual)
{
    /// <summary>Every tensor that one layer reads of it, in the order that <see cref="With"/> takes.</summary>
    public Tensor?[] TensorsOf(int layer) => [States, Masks.At(layer), .. Virtual?.KeyValues(layer) ?? []];

    /// <summary>How many these are; asks for none of them, as they may be gone by then.</summary>
    public int CountOf(int layer) => 2 + (Virtual?.CountOf(layer) ?? 0);

    /// <summary>The same for one layer alone, with other tensors in their places.</summary>
    public CrossContext With(int layer, ReadOnlySpan<Tensor?> tensors) => new(tensors[0], Masks.With(layer, tensors[1]), Virtual?.With(layer, tensors[2..]!));
}
