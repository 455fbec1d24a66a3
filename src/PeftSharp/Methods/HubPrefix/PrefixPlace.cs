using PeftSharp.Models;

namespace PeftSharp.Methods.HubPrefix;

/// <summary>A place of a model for a prefix of its own: the layers of a stack, or the cross attentions of a decoder.</summary>
/// <param name="Name">What AdapterHub calls it.</param>
/// <param name="First">The number of its first attention.</param>
/// <param name="FirstLayer">The number of its first layer.</param>
/// <param name="Count">How many layers it has.</param>
internal sealed record PrefixPlace(string Name, int First, int FirstLayer, int Count)
{
    /// <summary>Those that the options want.</summary>
    public static IEnumerable<PrefixPlace> Of(BaseModel model, HubPrefixOptions options)
    {
        int layers = model.Attention.Layers;
        if (model.DecoderAttentions is not { } decoder)
            return [new(model.Roles.HubPrefix, 0, 0, layers)];
        List<PrefixPlace> places = [new("self_prefix", decoder.First, decoder.First, decoder.Count)];
        if (options.EncoderPrefix)
            places.Insert(0, new("encoder_prefix", 0, 0, layers));
        if (options.CrossPrefix)
            places.Add(new("cross_prefix", decoder.First + decoder.Count, decoder.First, decoder.Count));
        return places;
    }

    /// <summary>The numbers of its attentions in layers that are not left out.</summary>
    public int[] Attentions(int[] layers) =>
        [.. layers.Where(layer => layer >= FirstLayer && layer < FirstLayer + Count).Select(layer => layer - FirstLayer + First)];
}
