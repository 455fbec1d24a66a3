using System.Text.Json.Nodes;
using PeftSharp.IO;

namespace PeftSharp.Training;

/// <summary>
/// Sums of a run that are not yet in its log: kept in its checkpoints, so that a resumed run reports what an uninterrupted one
/// does.
/// </summary>
internal sealed class RunTotals
{
    /// <summary>The losses of steps with labels, and how many they are.</summary>
    public double Loss { get; private set; }

    /// <inheritdoc cref="Loss"/>
    public long Steps { get; private set; }

    /// <summary>Tokens (no padding) trained on.</summary>
    public long Tokens { get; private set; }

    /// <summary>Seconds of the steps; those of a whole run count everything else too.</summary>
    public double Seconds { get; set; }

    /// <summary>The mean loss; NaN where there was no step.</summary>
    public double MeanLoss => Loss / Steps;

    /// <summary>Counts a step.</summary>
    public void Add(StepOutcome outcome, double seconds)
    {
        Tokens += outcome.Tokens;
        Seconds += seconds;
        if (outcome.Labels == 0)
            return;
        Loss += outcome.LossSum / outcome.Labels;
        Steps++;
    }

    public JsonObject ToJson() => new() { ["loss"] = Loss, ["steps"] = Steps, ["tokens"] = Tokens, ["seconds"] = Seconds };

    /// <summary>Reads what <see cref="ToJson"/> wrote; a checkpoint of an older version has none.</summary>
    public static RunTotals Read(JsonSettings? settings) => settings is null ? new() : new()
    {
        Loss = settings.Number("loss"),
        Steps = settings.OptionalIndex("steps") ?? 0,
        Tokens = settings.OptionalIndex("tokens") ?? 0,
        Seconds = settings.Number("seconds"),
    };
}
