using System.Diagnostics;
using PeftSharp.Adapters;
using PeftSharp.Data;
using PeftSharp.Models;

namespace PeftSharp.Training;

/// <summary>
/// Loss and metrics of a model on labelled examples. Only sums and counts are kept from batch to batch (regression keeps one
/// number a row), so the size of the data costs no memory.
/// </summary>
/// <remarks>
/// Metrics by task: SEQ_CLS <c>accuracy</c>, <c>macro_f1</c>, <c>matthews</c>, for a regression <c>pearson</c>,
/// <c>spearman</c>, <c>mse</c>, <c>mae</c>, for several labels a row <c>micro_f1</c>, <c>macro_f1</c>, <c>weighted_f1</c>,
/// <c>samples_f1</c>, <c>subset_accuracy</c>, <c>hamming_loss</c>, <c>lrap</c>; TOKEN_CLS <c>accuracy</c> and <c>macro_f1</c> over labelled tokens; QUESTION_ANS <c>exact_match</c>,
/// <c>start_accuracy</c>, <c>end_accuracy</c> of token positions; CAUSAL_LM and SEQ_2_SEQ_LM
/// <c>perplexity</c> and <c>accuracy</c> of labelled tokens.
/// </remarks>
public static class Evaluator
{
    /// <summary>Evaluates.</summary>
    /// <param name="model">The model.</param>
    /// <param name="composition">The adapters; null takes the active ones.</param>
    /// <param name="examples">Each with a label of the task.</param>
    /// <param name="batchSize">Rows of a forward pass.</param>
    /// <param name="paddingId">The token id that fills short rows.</param>
    /// <param name="padding">The side on which they are filled.</param>
    /// <param name="cancellationToken">Stops between two batches.</param>
    /// <exception cref="PeftException">There are no examples, a label does not fit the task, or none counts.</exception>
    public static EvaluationResult Evaluate(
        PeftModel model, Composition? composition, IReadOnlyList<EncodedExample> examples, int batchSize, long paddingId,
        PaddingSide padding = PaddingSide.Right, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(examples);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batchSize);
        if (examples.Count == 0)
            throw new PeftException("There are no examples to evaluate on.");
        ExampleChecks.Require(model.Base, examples, "evaluation", model.Base.PositionsTaken(model.Pass(composition)));
        long start = Stopwatch.GetTimestamp();
        ITaskScores scores = TaskScores.Create(model.Base);
        EvaluationLoop.Run(model, composition, examples, batchSize, paddingId, padding, scores.Add, cancellationToken);
        return new EvaluationResult
        {
            Loss = scores.Loss,
            Metrics = new OrderedDictionary<string, double>(scores.Metrics().Select(pair => KeyValuePair.Create(pair.Name, pair.Value))),
            Classes = scores.Report(model.Base.Labels),
            Examples = examples.Count,
            Seconds = Stopwatch.GetElapsedTime(start).TotalSeconds,
        };
    }

    /// <summary>The names of the metrics of a task, <c>loss</c> among them.</summary>
    public static IReadOnlyList<string> MetricNames(BaseModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return ["loss", .. TaskScores.Create(model).Metrics().Select(pair => pair.Name)];
    }

    /// <summary>True for a metric of which more is better.</summary>
    internal static bool IsGreaterBetter(string metric) => metric is not ("loss" or "perplexity" or "mse" or "mae" or "hamming_loss");
}
