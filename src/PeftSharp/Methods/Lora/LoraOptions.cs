using System.Text.Json.Nodes;
using PeftSharp.Adapters;
using PeftSharp.Models;

namespace PeftSharp.Methods.Lora;

/// <summary>
/// Low-rank adaptation (Hu et al. 2021, arXiv:2106.09685) with the variants of HF PEFT's LoraConfig. Names in brackets
/// are the keys of <c>adapter_config.json</c>.
/// </summary>
public sealed record LoraOptions : LayerTargetedOptions, IPatternedOptions
{
    /// <inheritdoc/>
    public override string PeftType => "LORA";

    /// <summary>The rank (<c>r</c>).</summary>
    public int R { get; init; } = 8;

    /// <summary>The numerator of the scale α/r (<c>lora_alpha</c>).</summary>
    public double LoraAlpha { get; init; } = 8;

    /// <summary>The probability with which inputs of A are dropped in training (<c>lora_dropout</c>).</summary>
    public double LoraDropout { get; init; }

    /// <summary>Ranks of modules whose path ends in a pattern (<c>rank_pattern</c>).</summary>
    public IReadOnlyDictionary<string, double> RankPattern { get; init; } = new Dictionary<string, double>();

    /// <summary>α of modules whose path ends in a pattern (<c>alpha_pattern</c>).</summary>
    public IReadOnlyDictionary<string, double> AlphaPattern { get; init; } = new Dictionary<string, double>();

    /// <summary>Scale by α/√r (<c>use_rslora</c>; Kalajdzievski 2023, arXiv:2312.03732).</summary>
    public bool UseRslora { get; init; }

    /// <summary>Train the weights' magnitude apart from their direction (<c>use_dora</c>; Liu et al. 2024, arXiv:2402.09353).</summary>
    public bool UseDora { get; init; }

    /// <summary>Which biases of the base train too (<c>bias</c>).</summary>
    public TrainedBiases Bias { get; init; }

    /// <summary>
    /// Keep a tied output head and embedding alike where one of them is adapted or trained (<c>ensure_weight_tying</c>);
    /// otherwise only the side that is named changes.
    /// </summary>
    public bool EnsureWeightTying { get; init; }

    /// <inheritdoc/>
    internal override bool KeepsTies => EnsureWeightTying;

    /// <inheritdoc/>
    internal override bool SavesTargetedEmbeddings => TrainableTokenIndices is null;

    /// <summary>Give B a bias (<c>lora_bias</c>).</summary>
    public bool HasLoraBias { get; init; }

    /// <summary>How A and B start (<c>init_lora_weights</c>).</summary>
    public LoraInit Init { get; init; } = LoraInit.Default;

    /// <summary>Token ids whose embedding rows train beside LoRA (<c>trainable_token_indices</c>), by embedding; null is none.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<int>>? TrainableTokenIndices { get; init; }

    /// <summary>What a file says of an initialisation that had data or settings of its own (<c>eva_config</c> …), as it stands there.</summary>
    internal IReadOnlyDictionary<string, JsonNode?> InitSettings { get; init; } = new Dictionary<string, JsonNode?>();

    PeftOptions IPatternedOptions.WithPatterns(IReadOnlyDictionary<string, double> rankPattern, IReadOnlyDictionary<string, double> alphaPattern) =>
        this with { RankPattern = rankPattern, AlphaPattern = alphaPattern };

    /// <summary>
    /// Ranges of layers, each the first one and the one behind its last, that run one after another in place of the base's
    /// (<c>layer_replication</c>): a layer that comes twice has its weights once, and tuners of its own for each. Null is none.
    /// </summary>
    public IReadOnlyList<(int Start, int End)>? LayerReplication { get; init; }

    internal override BaseModel On(BaseModel model) =>
        LayerReplication is { } ranges ? model.WithLayers(LayerOrder.Of(ranges, model.Attention.Layers)) : model;

    private protected override void Write(JsonObject json) => LoraConfigFile.Write(this, json);
}
