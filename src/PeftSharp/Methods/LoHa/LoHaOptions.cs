using System.Text.Json.Nodes;
using PeftSharp.Adapters;

namespace PeftSharp.Methods.LoHa;

/// <summary>
/// LoHa (Hyeon-Woo et al. 2021, arXiv:2108.06098): the update is the elementwise product of two low-rank ones, of rank up
/// to r². Keys and defaults are those of HF PEFT's LoHaConfig.
/// </summary>
public sealed record LoHaOptions : LayerTargetedOptions, IPatternedOptions
{
    /// <inheritdoc/>
    public override string PeftType => "LOHA";

    /// <summary>The rank of each of the two factors (<c>r</c>).</summary>
    public int R { get; init; } = 8;

    /// <summary>The numerator of the scale α/r (<c>alpha</c>).</summary>
    public double Alpha { get; init; } = 8;

    /// <summary>The probability with which a row of the update is dropped in training (<c>rank_dropout</c>).</summary>
    public double RankDropout { get; init; }

    /// <summary>The probability with which a layer's update is left out in training (<c>module_dropout</c>).</summary>
    public double ModuleDropout { get; init; }

    /// <summary>Ranks of modules whose path ends in a pattern (<c>rank_pattern</c>).</summary>
    public IReadOnlyDictionary<string, double> RankPattern { get; init; } = new Dictionary<string, double>();

    /// <summary>α of modules whose path ends in a pattern (<c>alpha_pattern</c>).</summary>
    public IReadOnlyDictionary<string, double> AlphaPattern { get; init; } = new Dictionary<string, double>();

    /// <summary>The last factor starts at 0, so that the adapter starts as nothing (<c>init_weights</c>); false is for tests.</summary>
    public bool InitWeights { get; init; } = true;

    PeftOptions IPatternedOptions.WithPatterns(IReadOnlyDictionary<string, double> rankPattern, IReadOnlyDictionary<string, double> alphaPattern) =>
        this with { RankPattern = rankPattern, AlphaPattern = alphaPattern };

    private protected override void Write(JsonObject json)
    {
        WriteLayers(json);
        json["alpha"] = OptionJson.Number(Alpha);
        json["alpha_pattern"] = OptionJson.Map(AlphaPattern);
        json["init_weights"] = InitWeights;
        json["module_dropout"] = ModuleDropout;
        json["r"] = R;
        json["rank_dropout"] = RankDropout;
        json["rank_pattern"] = OptionJson.Map(RankPattern);
        json["use_effective_conv2d"] = false;
    }
}
