using System.Text.Json.Nodes;
using PeftSharp.Adapters;

namespace PeftSharp.Methods.AdaLora;

/// <summary>
/// AdaLoRA (Zhang et al. 2023, arXiv:2303.10512): the update is kept as P Λ Q like a singular value decomposition, and in
/// training the rank moves to the modules that need it. Keys and defaults are those of HF PEFT's AdaLoraConfig, but
/// <c>total_step</c> may be left out: the trainer knows it.
/// </summary>
public sealed record AdaLoraOptions : LayerTargetedOptions
{
    /// <inheritdoc/>
    public override string PeftType => "ADALORA";

    /// <summary>The rank of every module at first (<c>init_r</c>).</summary>
    public int InitR { get; init; } = 12;

    /// <summary>The mean rank of the modules in the end (<c>target_r</c>).</summary>
    public int TargetR { get; init; } = 8;

    /// <summary>The numerator of the scale α / init_r (<c>lora_alpha</c>).</summary>
    public double LoraAlpha { get; init; } = 8;

    /// <summary>The probability with which inputs of the update are dropped in training (<c>lora_dropout</c>).</summary>
    public double LoraDropout { get; init; }

    /// <summary>Steps before the first pruning (<c>tinit</c>).</summary>
    public int TInit { get; init; }

    /// <summary>Steps after the last pruning, with the ranks fixed (<c>tfinal</c>).</summary>
    public int TFinal { get; init; }

    /// <summary>Steps between two prunings (<c>deltaT</c>).</summary>
    public int DeltaT { get; init; } = 1;

    /// <summary>How much of the past a value's importance keeps (<c>beta1</c>).</summary>
    public double Beta1 { get; init; } = 0.85;

    /// <summary>How much of the past the spread of its importance keeps (<c>beta2</c>).</summary>
    public double Beta2 { get; init; } = 0.85;

    /// <summary>The weight of the penalty that keeps P and Q orthogonal (<c>orth_reg_weight</c>).</summary>
    public double OrthRegWeight { get; init; } = 0.5;

    /// <summary>The steps of the whole run (<c>total_step</c>); null takes those of the trainer.</summary>
    public int? TotalStep { get; init; }

    /// <summary>
    /// Which of the ranks of each module are left (<c>rank_pattern</c>), by <c>&lt;path&gt;.lora_E</c>; null before any
    /// pruning. A saved adapter has only those that are left.
    /// </summary>
    public IReadOnlyDictionary<string, IReadOnlyList<bool>>? RankPattern { get; init; }

    /// <summary>Which biases of the base train too (<c>bias</c>).</summary>
    public TrainedBiases Bias { get; init; }

    /// <summary>Λ starts at 0 and the sides small, so that the adapter starts as nothing (<c>init_lora_weights</c>); false is for tests.</summary>
    public bool InitWeights { get; init; } = true;

    private protected override void Write(JsonObject json) => AdaLoraConfigFile.Write(this, json);
}
