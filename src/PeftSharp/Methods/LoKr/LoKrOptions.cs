using System.Text.Json.Nodes;
using PeftSharp.Adapters;

namespace PeftSharp.Methods.LoKr;

/// <summary>
/// LoKr (Yeh et al. 2023, arXiv:2309.14859; KronA, Edalati et al. 2022, arXiv:2212.10650): the update is the Kronecker
/// product of two small matrices. Keys and defaults are those of HF PEFT's LoKrConfig.
/// </summary>
public sealed record LoKrOptions : LayerTargetedOptions, IPatternedOptions
{
    /// <inheritdoc/>
    public override string PeftType => "LOKR";

    /// <summary>The rank below which a factor is stored as a low-rank product (<c>r</c>).</summary>
    public int R { get; init; } = 8;

    /// <summary>The numerator of the scale α/r (<c>alpha</c>).</summary>
    public double Alpha { get; init; } = 8;

    /// <summary>Store the left factor as a low-rank product too, where it is large enough (<c>decompose_both</c>).</summary>
    public bool DecomposeBoth { get; init; }

    /// <summary>The size of the left factor; −1 is about the square root of the layer's (<c>decompose_factor</c>).</summary>
    public int DecomposeFactor { get; init; } = -1;

    /// <summary>The probability with which a row of the update is dropped in training (<c>rank_dropout</c>).</summary>
    public double RankDropout { get; init; }

    /// <summary>Divide the rows that are left by their share (<c>rank_dropout_scale</c>).</summary>
    public bool RankDropoutScale { get; init; }

    /// <summary>The probability with which a layer's update is left out in training (<c>module_dropout</c>).</summary>
    public double ModuleDropout { get; init; }

    /// <summary>Ranks of modules whose path ends in a pattern (<c>rank_pattern</c>).</summary>
    public IReadOnlyDictionary<string, double> RankPattern { get; init; } = new Dictionary<string, double>();

    /// <summary>α of modules whose path ends in a pattern (<c>alpha_pattern</c>).</summary>
    public IReadOnlyDictionary<string, double> AlphaPattern { get; init; } = new Dictionary<string, double>();

    /// <summary>How the factors start (<c>init_weights</c>).</summary>
    public LoKrInit Init { get; init; }

    PeftOptions IPatternedOptions.WithPatterns(IReadOnlyDictionary<string, double> rankPattern, IReadOnlyDictionary<string, double> alphaPattern) =>
        this with { RankPattern = rankPattern, AlphaPattern = alphaPattern };

    private protected override void Write(JsonObject json)
    {
        WriteLayers(json);
        json["alpha"] = OptionJson.Number(Alpha);
        json["alpha_pattern"] = OptionJson.Map(AlphaPattern);
        json["decompose_both"] = DecomposeBoth;
        json["decompose_factor"] = DecomposeFactor;
        json["init_weights"] = Init switch { LoKrInit.Lycoris => "lycoris", LoKrInit.Random => false, _ => true };
        json["module_dropout"] = ModuleDropout;
        json["r"] = R;
        json["rank_dropout"] = RankDropout;
        json["rank_dropout_scale"] = RankDropoutScale;
        json["rank_pattern"] = OptionJson.Map(RankPattern);
        json["use_effective_conv2d"] = false;
    }
}

/// <summary>How the factors of LoKr start.</summary>
public enum LoKrInit
{
    /// <summary>The left factor at 0 (<c>true</c>).</summary>
    LeftZero,

    /// <summary>The right factor at 0, as in the LyCORIS library (<c>"lycoris"</c>).</summary>
    Lycoris,

    /// <summary>Both random (<c>false</c>); for tests.</summary>
    Random,
}
