using System.Text.Json;
using PeftSharp.IO;

namespace PeftSharp.Training;

/// <summary>Where and when checkpoints are written; names in brackets are those of HF's TrainingArguments.</summary>
public sealed record CheckpointOptions
{
    /// <summary>The value of <see cref="ResumeFrom"/> that takes the last checkpoint in <see cref="OutputDirectory"/>.</summary>
    public const string Latest = "true";

    /// <summary>The folder of <c>checkpoint-&lt;step&gt;/</c>, made when first needed (<c>output_dir</c>).</summary>
    public string OutputDirectory { get; init; } = "trainer_output";

    /// <summary>When (<c>save_strategy</c>); with <c>steps</c> also after the last step.</summary>
    public IntervalStrategy Strategy { get; init; } = IntervalStrategy.Steps;

    /// <summary>Optimizer steps between checkpoints (<c>save_steps</c>).</summary>
    public int Steps { get; init; } = 500;

    /// <summary>How many checkpoints to keep, the best one and the newest in any case; null keeps all (<c>save_total_limit</c>).</summary>
    public int? TotalLimit { get; init; }

    /// <summary>A checkpoint folder to go on from, or <see cref="Latest"/>; null starts anew (<c>resume_from_checkpoint</c>).</summary>
    public string? ResumeFrom { get; init; }

    internal static CheckpointOptions Read(JsonSettings settings)
    {
        CheckpointOptions fallback = new();
        return new()
        {
            OutputDirectory = settings.Text("output_dir", fallback.OutputDirectory),
            Strategy = settings.Choice("save_strategy", fallback.Strategy, IntervalStrategies.Names),
            Steps = settings.Whole("save_steps", fallback.Steps, 1),
            TotalLimit = settings.OptionalWhole("save_total_limit", 1),
            ResumeFrom = settings.Raw("resume_from_checkpoint") switch
            {
                null or { ValueKind: JsonValueKind.False } => null,
                { ValueKind: JsonValueKind.True } => Latest,
                { ValueKind: JsonValueKind.String } path => path.GetString() is { Length: > 0 } text ? text : null,
                _ => throw settings.Wrong("resume_from_checkpoint", "true, false or the path of a checkpoint"),
            },
        };
    }

    internal void Validate()
    {
        SettingsReads.Require(!string.IsNullOrWhiteSpace(OutputDirectory), "output_dir", "a path");
        SettingsReads.Require(Steps > 0, "save_steps", "above 0");
        SettingsReads.Require(TotalLimit is null or > 0, "save_total_limit", "above 0");
    }
}
