using PeftSharp.Adapters;
using PeftSharp.IO;
using PeftSharp.Models.Nodes;
using static TorchSharp.torch;

namespace PeftSharp.Methods.Bottleneck;

/// <summary>Plugs bottleneck adapters behind sub-layers, and an invertible one behind the embeddings.</summary>
internal sealed class BottleneckMethod : IPeftMethod
{
    public string PeftType => "BOTTLENECK";

    public IReadOnlyList<OptionKey> Keys => BottleneckKeys.All;

    public PeftOptions Read(JsonSettings settings) => BottleneckConfigFile.Read(settings);

    public void Build(AdapterBuilder builder, PeftOptions options)
    {
        BottleneckOptions own = (BottleneckOptions)options;
        SubLayer[] all = [.. builder.Model.Nodes.OfType<SubLayer>()];
        BottleneckChecks.Run(builder, own, all);
        using Generator? seeded = own.InitSeed is { } seed ? new Generator((ulong)seed) : null;
        BottleneckWeights weights = new(builder, own, seeded ?? builder.Random);
        foreach (SubLayer place in all.Where(place => IsWanted(own, place)))
            builder.Plug(place, weights.Adapter(place));
        if (own.InvertibleAdapter)
        {
            StreamPoint start = builder.Model.Nodes.OfType<StreamPoint>().First(point => point.Layer is null);
            builder.Plug(start, weights.Invertible(start));
        }
    }

    /// <summary>True if the options put an adapter here.</summary>
    private static bool IsWanted(BottleneckOptions options, SubLayer place) =>
        !options.LeaveOut.Contains(place.Layer)
        && place.Kind switch
        {
            SubLayerKind.Attention => options.AttentionAdapter,
            SubLayerKind.CrossAttention => options.CrossAdapter,
            _ => options.OutputAdapter,
        };
}
