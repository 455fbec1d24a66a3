namespace PeftSharp.Training;

/// <summary>The scores of one evaluation.</summary>
public sealed record EvaluationResult
{
    /// <summary>The mean loss over the labels; the name in logs is <c>eval_loss</c>.</summary>
    public required double Loss { get; init; }

    /// <summary>The task's metrics by name, such as <c>accuracy</c> and <c>macro_f1</c>, in the order to show them; shares are in [0, 1].</summary>
    public required IReadOnlyDictionary<string, double> Metrics { get; init; }

    /// <summary>Each class by itself; null for tasks without classes.</summary>
    public ClassReport? Classes { get; init; }

    /// <summary>The number of examples.</summary>
    public required int Examples { get; init; }

    /// <summary>The seconds it took.</summary>
    public required double Seconds { get; init; }

    /// <summary>A metric by name, with or without <c>eval_</c>; <c>loss</c> is one.</summary>
    /// <exception cref="PeftException">There is none of that name.</exception>
    public double this[string name]
    {
        get
        {
            ArgumentNullException.ThrowIfNull(name);
            string bare = name.StartsWith("eval_", StringComparison.Ordinal) ? name["eval_".Length..] : name;
            return bare == "loss" ? Loss
                : Metrics.TryGetValue(bare, out double value) ? value
                : throw new PeftException($"There is no metric '{name}'; there are loss, {string.Join(", ", Metrics.Keys)}.");
        }
    }
}
