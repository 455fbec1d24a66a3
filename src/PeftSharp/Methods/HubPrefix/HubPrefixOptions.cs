using System.Text.Json.Nodes;
using PeftSharp.Adapters;
using PeftSharp.IO;

namespace PeftSharp.Methods.HubPrefix;

/// <summary>
/// Prefix tuning as AdapterHub has it (Li and Liang 2021, arXiv:2101.00190): the tokens keep their positions, the network
/// that makes the prefix stays part of the adapter, and there may be a gate (as in UniPELT). For a prefix that HF PEFT
/// reads use <see cref="PrefixTuning.PrefixTuningOptions"/>.
/// </summary>
public sealed record HubPrefixOptions : PeftOptions
{
    /// <inheritdoc/>
    public override string PeftType => "HUB_PREFIX";

    /// <summary>The number of keys and values (<c>prefix_length</c>).</summary>
    public int PrefixLength { get; init; } = 30;

    /// <summary>Whether the layers of an encoder-decoder's encoder get one (<c>encoder_prefix</c>).</summary>
    public bool EncoderPrefix { get; init; } = true;

    /// <summary>Whether its decoder's cross attentions get one (<c>cross_prefix</c>).</summary>
    public bool CrossPrefix { get; init; } = true;

    /// <summary>The numbers of layers without a prefix (<c>leave_out</c>).</summary>
    public IReadOnlyList<int> LeaveOut { get; init; } = [];

    /// <summary>Train keys and values themselves, without a network (<c>flat</c>).</summary>
    public bool Flat { get; init; }

    /// <summary>The width inside the network (<c>bottleneck_size</c>).</summary>
    public int BottleneckSize { get; init; } = 512;

    /// <summary>The activation inside it (<c>non_linearity</c>).</summary>
    public string NonLinearity { get; init; } = "tanh";

    /// <summary>Dropout on the prefix (<c>dropout</c>).</summary>
    public double Dropout { get; init; }

    /// <summary>Multiply the prefix of a layer by a learned number from 0 to 1 for each row of the batch (<c>use_gating</c>).</summary>
    public bool UseGating { get; init; }

    /// <summary>One gate for keys and values (<c>shared_gating</c>).</summary>
    public bool SharedGating { get; init; } = true;

    internal static HubPrefixOptions Read(JsonSettings settings)
    {
        settings.Raw("init_weights_seed");
        return ReadShared(settings, new HubPrefixOptions
        {
            PrefixLength = settings.Size("prefix_length", 30),
            EncoderPrefix = settings.Flag("encoder_prefix", true),
            CrossPrefix = settings.Flag("cross_prefix", true),
            LeaveOut = settings.Integers("leave_out") ?? [],
            Flat = settings.Flag("flat", false),
            BottleneckSize = settings.Size("bottleneck_size", 512),
            NonLinearity = settings.Text("non_linearity", "tanh"),
            Dropout = settings.Probability("dropout", 0),
            UseGating = settings.Flag("use_gating", false),
            SharedGating = settings.Flag("shared_gating", true),
        });
    }

    /// <summary>Writes the keys that AdapterHub has.</summary>
    internal void WriteForHub(JsonObject json)
    {
        WriteCommon(json);
        json["architecture"] = "prefix_tuning";
    }

    private protected override void Write(JsonObject json)
    {
        WriteCommon(json);
        json["modules_to_save"] = ModulesToSave is null ? null : new JsonArray([.. ModulesToSave.Select(name => (JsonNode?)name)]);
    }

    private void WriteCommon(JsonObject json)
    {
        json["encoder_prefix"] = EncoderPrefix;
        json["cross_prefix"] = CrossPrefix;
        json["leave_out"] = new JsonArray([.. LeaveOut.Select(layer => (JsonNode?)layer)]);
        json["flat"] = Flat;
        json["prefix_length"] = PrefixLength;
        json["bottleneck_size"] = BottleneckSize;
        json["non_linearity"] = NonLinearity;
        json["dropout"] = Dropout;
        json["use_gating"] = UseGating;
        json["shared_gating"] = SharedGating;
        json["init_weights_seed"] = null;
    }
}
