using PeftSharp.IO;

namespace PeftSharp.Training;

/// <summary>What is kept in memory and what is computed again; names in brackets are those of HF's TrainingArguments.</summary>
public sealed record MemoryOptions
{
    /// <summary>
    /// Keep of each layer only its input, and compute the layer again in the backward (<c>gradient_checkpointing</c>): less
    /// memory, about a third more work, the same gradients.
    /// </summary>
    public bool GradientCheckpointing { get; init; }

    internal static MemoryOptions Read(JsonSettings settings) => new()
    {
        GradientCheckpointing = settings.Flag("gradient_checkpointing", false),
    };
}
