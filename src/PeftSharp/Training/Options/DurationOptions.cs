using PeftSharp.IO;

namespace PeftSharp.Training;

/// <summary>How long to train; names in brackets are those of HF's TrainingArguments.</summary>
public sealed record DurationOptions
{
    /// <summary>Passes over the data, a fraction allowed (<c>num_train_epochs</c>).</summary>
    public double Epochs { get; init; } = 3;

    /// <summary>Optimizer steps; where above 0 it decides instead of <see cref="Epochs"/> (<c>max_steps</c>).</summary>
    public int MaxSteps { get; init; } = -1;

    internal static DurationOptions Read(JsonSettings settings)
    {
        DurationOptions fallback = new();
        return new()
        {
            Epochs = settings.NotNegative("num_train_epochs", fallback.Epochs),
            MaxSteps = settings.Whole("max_steps", fallback.MaxSteps, -1),
        };
    }

    internal void Validate()
    {
        SettingsReads.Require(
            MaxSteps > 0 || (Epochs > 0 && Epochs <= 1e6), "num_train_epochs", "above 0 and at most a million, or max_steps above 0");
        SettingsReads.Require(MaxSteps >= -1, "max_steps", "above 0, or -1 to go by num_train_epochs");
    }
}
