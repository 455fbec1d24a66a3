using PeftSharp.Adapters;
using PeftSharp.IO;
using PeftSharp.Kernels;
using PeftSharp.Methods.Bottleneck;
using PeftSharp.Methods.Shared;
using PeftSharp.Models;
using static TorchSharp.torch;

namespace PeftSharp.Methods.HubPrefix;

/// <summary>Plugs AdapterHub's prefix into the attention slot.</summary>
internal sealed class HubPrefixMethod : IPeftMethod
{
    private const double Deviation = 0.02;

    public string PeftType => "HUB_PREFIX";

    public IReadOnlyList<OptionKey> Keys { get; } =
    [
        new("prefix_length", null, "number of keys and values in front; unset: 30 (HUB_PREFIX)"),
        new("flat", null, "train keys and values themselves, without a network; unset: false (HUB_PREFIX)"),
        new("shared_gating", null, "one gate for keys and values; unset: true (HUB_PREFIX)"),
        new("encoder_prefix", null, "in an encoder-decoder, a prefix for the encoder too; unset: true (HUB_PREFIX)"),
        new("cross_prefix", null, "in an encoder-decoder, a prefix for the cross attentions too; unset: true (HUB_PREFIX)"),
    ];

    public PeftOptions Read(JsonSettings settings) => HubPrefixOptions.Read(settings);

    public void Build(AdapterBuilder builder, PeftOptions options)
    {
        HubPrefixOptions own = (HubPrefixOptions)options;
        BaseModel model = builder.Model;
        AttentionShape shape = model.Attention;
        Func<Tensor, Tensor> activation = Activations.Of(own.NonLinearity, "non_linearity");
        int[] left = LayersLeft.Of(own.LeaveOut, model.LayerCount);
        foreach (PrefixPlace place in PrefixPlace.Of(model, own))
            if (place.Attentions(left) is { Length: > 0 } attentions)
                builder.Plug(new HubPrefixRows(own, shape, attentions, Prefix(place, attentions.Length), own.UseGating ? [.. Gates(attentions)] : []));

        Func<Tensor> Prefix(PrefixPlace place, int layers)
        {
            long width = layers * 2L * shape.KeyValueHeads * shape.HeadWidth;
            string path = $"{model.BackbonePrefix}prefix_tuning.prefix_tunings.{place.Name}";
            if (own.Flat)
            {
                builder.Expect($"{path}.control_trans", own.PrefixLength * width);
                return builder.Train($"{path}.control_trans", Normal(own.PrefixLength * width)).alias;
            }
            builder.Expect($"{path}.wte.weight", own.PrefixLength, model.HiddenSize);
            Tensor rows = builder.Train($"{path}.wte.weight", Normal(own.PrefixLength, model.HiddenSize));
            TrainedLinear inner = Linear($"{path}.control_trans.0", model.HiddenSize, own.BottleneckSize);
            TrainedLinear outer = Linear($"{path}.control_trans.2", own.BottleneckSize, width);
            return () => outer.Forward(activation(inner.Forward(rows)));
        }

        IEnumerable<TrainedGate> Gates(int[] attentions)
        {
            int columns = own.SharedGating ? 1 : 2;
            foreach (int attention in attentions)
            {
                string at = $"{model.AttentionPaths[attention]}.prefix_tuning.prefix_gates";
                yield return new TrainedGate(
                    builder.Train($"{at}.weight", Normal(columns, model.HiddenSize)),
                    builder.Train($"{at}.bias", zeros([columns], device: model.Device)));
            }
        }

        TrainedLinear Linear(string at, long from, long to)
        {
            double bound = 1 / Math.Sqrt(from);
            builder.Expect($"{at}.weight", to, from);
            return new(
                builder.Train($"{at}.weight", rand([to, from], generator: builder.Random).Plus(-0.5).Times(2 * bound).to(model.Device)),
                builder.Train($"{at}.bias", zeros([to], device: model.Device)));
        }

        Tensor Normal(params long[] sizes) => randn(sizes, generator: builder.Random).Times(Deviation).to(model.Device);
    }
}
