namespace PeftSharp.Workflows.Comparing;

/// <summary>The metric that a comparison shows.</summary>
internal static class MainMetric
{
    private const string Loss = "loss";

    // What the literature of each task reports: F1 of entities and answers, perplexity, Pearson's r, micro-F1 of several labels, accuracy.
    private static readonly string[] _order = ["f1", "perplexity", "pearson", "micro_f1", "accuracy"];

    /// <summary>The one that was asked for, else the task's main one.</summary>
    /// <param name="asked"><c>metric_for_best_model</c>, or null.</param>
    /// <param name="measured">The names there are.</param>
    public static string Of(string? asked, IReadOnlyCollection<string> measured) =>
        asked is not null && measured.Contains(asked) ? asked : _order.FirstOrDefault(measured.Contains) ?? Loss;
}
