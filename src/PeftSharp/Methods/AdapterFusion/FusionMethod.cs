using PeftSharp.Adapters;
using PeftSharp.IO;
using PeftSharp.Kernels;
using PeftSharp.Models.Nodes;
using static TorchSharp.torch;

namespace PeftSharp.Methods.AdapterFusion;

/// <summary>Puts an attention over adapters behind sub-layers.</summary>
internal sealed class FusionMethod : IPeftMethod
{
    private const double NearlyZero = 1e-6;
    private const double Deviation = 0.02;

    public string PeftType => "ADAPTER_FUSION";

    public IReadOnlyList<OptionKey> Keys => FusionKeys.All;

    public PeftOptions Read(JsonSettings settings) => FusionOptions.Read(settings);

    public void Build(AdapterBuilder builder, PeftOptions options)
    {
        FusionOptions own = (FusionOptions)options;
        if (own.Adapters.Count < 2)
            throw new PeftException("A fusion mixes at least two adapters; name their folders in adapter_folders.");
        if (own.Places.Count == 0)
            throw new PeftException("A fusion of adapters needs to know where they work; add it with PeftModel.AddFusion after its adapters.");
        if (!own.Query && !own.Key && !own.Value)
            throw new PeftException("query, key and value are all false, so the fusion has nothing to train; set one of them.");
        double dropout = own.DropoutProbability is { } given and > 0
            ? given
            : builder.Model.Config.Probability("attention_probs_dropout_prob", 0);
        builder.Joined = own.Adapters;
        List<FusionPlace> places = [];
        foreach (string place in own.Places)
        {
            if (builder.Model.FindNode(place) is not SubLayer node)
                throw new PeftException($"places names '{place}', which is no sub-layer of this model; they are called {string.Join(", ", builder.Model.Nodes.OfType<SubLayer>().Take(2).Select(known => known.Path))}, …");
            places.Add(Place(builder, own, node, dropout));
            builder.Plug(node, places[^1]);
        }
        if (own is { Regularization: true, Value: true })
            builder.Hook = new FusionRegularization(places);
    }

    private static FusionPlace Place(AdapterBuilder builder, FusionOptions options, SubLayer node, double dropout)
    {
        string path = $"{node.Path}.adapter_fusion_layer";
        Device device = builder.Model.Device;
        return new FusionPlace(options, dropout)
        {
            Query = options.Query ? Projected("query") : null,
            Key = options.Key ? Projected("key") : null,
            Value = options.Value ? builder.Train($"{path}.value.weight", Value()) : null,
            Temperature = options.Temperature ? builder.Store($"{path}.temperature", ones([1]).Times(FusionPlace.StartTemperature), optional: true) : null,
        };

        FusionProjection Projected(string name) => new(
            builder.Train($"{path}.{name}.weight", Normal()), builder.Train($"{path}.{name}.bias", zeros([node.Width], device: device)));

        Tensor Normal() => randn([node.Width, node.Width], generator: builder.Random).Times(Deviation).to(device);

        Tensor Value() => options.ValueInitialized
            ? eye(node.Width, device: device).Times(1 - NearlyZero).Plus(NearlyZero)
            : Normal();
    }
}

/// <summary>A trained (width, width) product with a bias.</summary>
internal sealed record FusionProjection(Tensor Weight, Tensor Bias)
{
    public Tensor Forward(Tensor x) => Products.Linear(x, Weight.to(x.dtype), Bias.to(x.dtype));
}
