using PeftSharp.IO;

namespace PeftSharp.Training;

/// <summary>When to evaluate, and which weights to end with; names in brackets are those of HF's TrainingArguments.</summary>
public sealed record EvaluationOptions
{
    /// <summary>When (<c>eval_strategy</c>).</summary>
    public IntervalStrategy Strategy { get; init; } = IntervalStrategy.No;

    /// <summary>Optimizer steps between evaluations; null takes <c>logging_steps</c> (<c>eval_steps</c>).</summary>
    public int? Steps { get; init; }

    /// <summary>The metric that says which weights are best, with or without <c>eval_</c>; null is the loss (<c>metric_for_best_model</c>).</summary>
    public string? BestMetric { get; init; }

    /// <summary>True where more is better; null: less for losses and errors, else more (<c>greater_is_better</c>).</summary>
    public bool? GreaterIsBetter { get; init; }

    /// <summary>
    /// End with the weights of the best evaluation (<c>load_best_model_at_end</c>). Each evaluation that is better than all
    /// before writes a checkpoint, whatever <c>save_strategy</c> says, and rotation keeps the best one.
    /// </summary>
    public bool LoadBestAtEnd { get; init; }

    /// <summary>Stop after so many evaluations in a row without a new best; null never does (<c>early_stopping_patience</c>, of HF's EarlyStoppingCallback).</summary>
    public int? Patience { get; init; }

    /// <summary>The name of the metric, without <c>eval_</c>.</summary>
    internal string BestMetricName =>
        BestMetric is null ? "loss" : BestMetric.StartsWith("eval_", StringComparison.Ordinal) ? BestMetric["eval_".Length..] : BestMetric;

    internal static EvaluationOptions Read(JsonSettings settings) => new()
    {
        Strategy = settings.Choice("eval_strategy", IntervalStrategy.No, IntervalStrategies.Names),
        Steps = settings.OptionalWhole("eval_steps", 1),
        BestMetric = settings.Text("metric_for_best_model", "") is { Length: > 0 } name ? name : null,
        GreaterIsBetter = settings.Has("greater_is_better") ? settings.Flag("greater_is_better", false) : null,
        LoadBestAtEnd = settings.Flag("load_best_model_at_end", false),
        Patience = settings.OptionalWhole("early_stopping_patience", 1),
    };

    internal void Validate()
    {
        SettingsReads.Require(Steps is null or > 0, "eval_steps", "above 0");
        SettingsReads.Require(Patience is null or > 0, "early_stopping_patience", "above 0");
        if (Strategy == IntervalStrategy.No && (LoadBestAtEnd || Patience is not null))
            throw new PeftException(
                $"training: {(LoadBestAtEnd ? "load_best_model_at_end" : "early_stopping_patience")} needs evaluations: set eval_strategy to epoch or steps.");
    }
}
