using static TorchSharp.torch;

namespace PeftSharp.Models;

/// <summary>How to load a base model.</summary>
public sealed record BaseModelOptions
{
    /// <summary>The task; null takes the one that <c>architectures</c> names, else feature extraction.</summary>
    public TaskType? Task { get; init; }

    /// <summary>The names of the labels by id, for a fresh classification head; null takes those of the config.</summary>
    public IReadOnlyList<string>? Labels { get; init; }

    /// <summary>What the labels of sequence classification mean; null takes <c>problem_type</c> of the config.</summary>
    public ProblemType? ProblemType { get; init; }

    /// <summary>From which probability on each label holds (<see cref="ProblemType.MultiLabel"/>); null takes those of the config, else 0.5.</summary>
    public IReadOnlyList<float>? Thresholds { get; init; }

    /// <summary>The dtype of weights and activations: <see cref="ScalarType.Float32"/> (default) or <see cref="ScalarType.BFloat16"/>; <see cref="ScalarType.Float64"/>, adapters too, is for checks of gradients.</summary>
    public ScalarType Dtype { get; init; } = ScalarType.Float32;

    /// <summary>How the products with frozen weights are computed; <see cref="ComputeMode.Int8"/> is refused where the machine lacks it.</summary>
    public ComputeMode Compute { get; init; }

    /// <summary>The seed of the values of a head that the checkpoint lacks.</summary>
    public long Seed { get; init; } = 42;

    /// <summary>The device; null is the CPU.</summary>
    public Device? Device { get; init; }
}
