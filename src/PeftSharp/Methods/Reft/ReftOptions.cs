using System.Text.Json;
using System.Text.Json.Nodes;
using PeftSharp.Adapters;
using PeftSharp.Data;
using PeftSharp.IO;

namespace PeftSharp.Methods.Reft;

/// <summary>
/// Representation fine-tuning (Wu et al. 2024, arXiv:2404.03592): behind whole layers, the hidden states of the first and
/// last tokens of the prompt are changed within a subspace of r dimensions. The words are AdapterHub's.
/// </summary>
/// <example><code>
/// model.AddAdapter(ReftOptions.LoReft with { R = 4, PrefixPositions = 3 });
/// </code></example>
public sealed record ReftOptions : PeftOptions
{
    private static readonly Dictionary<string, ReftOptions> _presets = new(StringComparer.Ordinal)
    {
        ["loreft"] = LoReft,
        ["noreft"] = NoReft,
        ["direft"] = DiReft,
    };

    /// <summary>v + Rᵀ(W v + b − R v), the rows of R orthonormal.</summary>
    public static ReftOptions LoReft => new();

    /// <summary>v + Rᵀ(W v + b − R v), R free.</summary>
    public static ReftOptions NoReft => new() { Orthogonality = false };

    /// <summary>v + Rᵀ(W v + b), R free.</summary>
    public static ReftOptions DiReft => new() { Orthogonality = false, SubtractProjection = false };

    /// <inheritdoc/>
    public override string PeftType => "REFT";

    /// <summary>The numbers of the layers; null is all (<c>layers: all</c>).</summary>
    public IReadOnlyList<int>? Layers { get; init; }

    /// <summary>The number of tokens at the start (<c>prefix_positions</c>).</summary>
    public int PrefixPositions { get; init; } = 3;

    /// <summary>The number of tokens at the end (<c>suffix_positions</c>).</summary>
    public int SuffixPositions { get; init; }

    /// <summary>The dimensions of the subspace.</summary>
    public int R { get; init; } = 1;

    /// <summary>Keep the rows of R orthonormal (<c>orthogonality</c>).</summary>
    public bool Orthogonality { get; init; } = true;

    /// <summary>Take R v off (<c>subtract_projection</c>); AdapterHub's files do not say it.</summary>
    public bool SubtractProjection { get; init; } = true;

    /// <summary>One unit for start and end (<c>tied_weights</c>).</summary>
    public bool TiedWeights { get; init; }

    /// <summary>Dropout on the changed states (<c>dropout</c>).</summary>
    public double Dropout { get; init; }

    /// <summary>An activation on W v + b (<c>non_linearity</c>); null is none.</summary>
    public string? NonLinearity { get; init; }

    /// <summary>
    /// True where R is kept as a square matrix times reflections, as AdapterHub does, and not as reflections alone
    /// (<c>orthogonal_base</c>).
    /// </summary>
    internal bool HasBase { get; init; }

    internal static ReftOptions Read(JsonSettings settings)
    {
        string preset = settings.Text("preset", "loreft");
        ReftOptions start = _presets.GetValueOrDefault(preset)
            ?? throw settings.Wrong("preset", $"one of {string.Join(", ", _presets.Keys)}; '{preset}' is not{NearestName.Suggestion(preset, _presets.Keys)}");
        bool all = settings.Raw("layers") is null or { ValueKind: JsonValueKind.String };
        if (all && settings.Text("layers", "all") != "all")
            throw settings.Wrong("layers", "\"all\" or a list of layer numbers");
        if (!settings.Flag("output_reft", true))
            throw settings.Wrong("output_reft", "true; ReFT works behind layers");
        // A dtype of the file's tensors says nothing here: adapters are fp32.
        settings.Raw("dtype");
        settings.Raw("init_weights_seed");
        return ReadShared(settings, start with
        {
            Layers = all ? null : settings.Integers("layers"),
            PrefixPositions = (int)(settings.OptionalIndex("prefix_positions") ?? start.PrefixPositions),
            SuffixPositions = (int)(settings.OptionalIndex("suffix_positions") ?? start.SuffixPositions),
            R = settings.Size("r", start.R),
            Orthogonality = settings.Flag("orthogonality", start.Orthogonality),
            SubtractProjection = settings.Flag("subtract_projection", start.SubtractProjection),
            TiedWeights = settings.Flag("tied_weights", start.TiedWeights),
            Dropout = settings.Probability("dropout", start.Dropout),
            NonLinearity = settings.Text("non_linearity", start.NonLinearity ?? "") is { Length: > 0 } name ? name : null,
            HasBase = settings.Flag("orthogonal_base", false),
        });
    }

    /// <summary>Writes the keys that AdapterHub has.</summary>
    internal void WriteForHub(JsonObject json)
    {
        if (!SubtractProjection)
            throw new PeftException("AdapterHub's files do not say that subtract_projection is false, so a DiReFT adapter would be read there as NoReFT; save it in HF PEFT's form.");
        WriteCommon(json);
        json["architecture"] = "reft";
    }

    private protected override void Write(JsonObject json)
    {
        WriteCommon(json);
        json["subtract_projection"] = SubtractProjection;
        json["orthogonal_base"] = HasBase;
        json["modules_to_save"] = ModulesToSave is null ? null : new JsonArray([.. ModulesToSave.Select(name => (JsonNode?)name)]);
    }

    private void WriteCommon(JsonObject json)
    {
        json["layers"] = Layers is null ? "all" : new JsonArray([.. Layers.Select(layer => (JsonNode?)layer)]);
        json["prefix_positions"] = PrefixPositions;
        json["suffix_positions"] = SuffixPositions;
        json["r"] = R;
        json["orthogonality"] = Orthogonality;
        json["tied_weights"] = TiedWeights;
        json["dropout"] = Dropout;
        json["non_linearity"] = NonLinearity;
        json["dtype"] = null;
        json["output_reft"] = true;
        json["init_weights_seed"] = null;
    }
}
