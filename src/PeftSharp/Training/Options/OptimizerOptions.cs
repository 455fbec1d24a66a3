using PeftSharp.IO;

namespace PeftSharp.Training;

/// <summary>The rule by which a step changes the trained tensors.</summary>
public enum OptimizerKind
{
    /// <summary>AdamW (<c>adamw</c>).</summary>
    AdamW,

    /// <summary>LoRA-FA (Zhang et al. 2023, arXiv:2308.03303): A stays as it is, and B steps by AdamW on a corrected gradient (<c>lorafa</c>).</summary>
    LoraFa,
}

/// <summary>AdamW and the clipping of its gradients; names in brackets are those of HF's TrainingArguments.</summary>
public sealed record OptimizerOptions
{
    internal static readonly IReadOnlyList<(OptimizerKind Value, string Name)> Names =
    [
        (OptimizerKind.AdamW, "adamw"), (OptimizerKind.AdamW, "adamw_torch"), (OptimizerKind.AdamW, "adamw_torch_fused"),
        (OptimizerKind.LoraFa, "lorafa"),
    ];

    /// <summary>The optimizer (<c>optim</c>).</summary>
    public OptimizerKind Kind { get; init; }

    /// <summary>The peak of the learning rate (<c>learning_rate</c>).</summary>
    public double LearningRate { get; init; } = 5e-5;

    /// <summary>The decay λ (<c>weight_decay</c>); biases and the weights of norms have none.</summary>
    public double WeightDecay { get; init; }

    /// <summary>β₁ (<c>adam_beta1</c>).</summary>
    public double AdamBeta1 { get; init; } = 0.9;

    /// <summary>β₂ (<c>adam_beta2</c>).</summary>
    public double AdamBeta2 { get; init; } = 0.999;

    /// <summary>ε (<c>adam_epsilon</c>).</summary>
    public double AdamEpsilon { get; init; } = 1e-8;

    /// <summary>The largest norm of all gradients together; 0 does not clip (<c>max_grad_norm</c>).</summary>
    public double MaxGradNorm { get; init; } = 1;

    /// <summary>
    /// LoRA+ (Hayou et al. 2024, arXiv:2402.12354): how many times faster B and one-dimensional tensors learn than the rest;
    /// null is off (<c>loraplus_lr_ratio</c>).
    /// </summary>
    public double? LoraPlusRatio { get; init; }

    /// <summary>With LoRA+, the peak learning rate of LoRA on embeddings (<c>loraplus_lr_embedding</c>).</summary>
    public double LoraPlusEmbeddingRate { get; init; } = 1e-6;

    internal static OptimizerOptions Read(JsonSettings settings)
    {
        OptimizerOptions fallback = new();
        return new()
        {
            Kind = settings.Choice("optim", OptimizerKind.AdamW, Names),
            LoraPlusRatio = settings.Has("loraplus_lr_ratio") ? settings.NotNegative("loraplus_lr_ratio", 1) : null,
            LoraPlusEmbeddingRate = settings.NotNegative("loraplus_lr_embedding", fallback.LoraPlusEmbeddingRate),
            LearningRate = settings.NotNegative("learning_rate", fallback.LearningRate),
            WeightDecay = settings.NotNegative("weight_decay", fallback.WeightDecay),
            AdamBeta1 = settings.Probability("adam_beta1", fallback.AdamBeta1),
            AdamBeta2 = settings.Probability("adam_beta2", fallback.AdamBeta2),
            AdamEpsilon = settings.NotNegative("adam_epsilon", fallback.AdamEpsilon),
            MaxGradNorm = settings.NotNegative("max_grad_norm", fallback.MaxGradNorm),
        };
    }

    internal void Validate()
    {
        SettingsReads.Require(LearningRate >= 0 && double.IsFinite(LearningRate), "learning_rate", "a number of at least 0");
        SettingsReads.Require(WeightDecay >= 0 && double.IsFinite(WeightDecay), "weight_decay", "a number of at least 0");
        SettingsReads.Require(AdamBeta1 is >= 0 and < 1, "adam_beta1", "a number from 0 to below 1");
        SettingsReads.Require(AdamBeta2 is >= 0 and < 1, "adam_beta2", "a number from 0 to below 1");
        SettingsReads.Require(AdamEpsilon >= 0 && double.IsFinite(AdamEpsilon), "adam_epsilon", "a number of at least 0");
        SettingsReads.Require(LoraPlusRatio is null or > 0 and < double.PositiveInfinity, "loraplus_lr_ratio", "above 0; 16 is usual");
        SettingsReads.Require(LoraPlusRatio is null || Kind != OptimizerKind.LoraFa, "loraplus_lr_ratio", "left out with optim lorafa, which trains B only");
        SettingsReads.Require(LoraPlusEmbeddingRate >= 0 && double.IsFinite(LoraPlusEmbeddingRate), "loraplus_lr_embedding", "a number of at least 0");
        SettingsReads.Require(MaxGradNorm >= 0, "max_grad_norm", "a number of at least 0 (0 does not clip)");
    }
}
