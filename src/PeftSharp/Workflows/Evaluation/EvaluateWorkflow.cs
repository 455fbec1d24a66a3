using System.Diagnostics;
using PeftSharp.Data;
using PeftSharp.Models;
using PeftSharp.Training;
using PeftSharp.Workflows.Loading;
using PeftSharp.Workflows.Tasks;

namespace PeftSharp.Workflows.Evaluation;

/// <summary>The scores of a model on a file.</summary>
/// <param name="File">The file.</param>
/// <param name="Rows">Its rows.</param>
/// <param name="TruncatedRows">How many of them lost their end.</param>
/// <param name="DroppedRows">How many were left out because nothing of them counts.</param>
/// <param name="Result">The scores.</param>
public sealed record FileEvaluation(string File, int Rows, int TruncatedRows, int DroppedRows, EvaluationResult Result)
{
    /// <summary>What to know of the scores: rows that were left out, scores that cannot be.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}

/// <summary>Evaluates a model on a file of labelled rows.</summary>
public static class EvaluateWorkflow
{
    /// <summary>Evaluates.</summary>
    /// <param name="model">The model.</param>
    /// <param name="data">How to read the file, its columns, and the longest example.</param>
    /// <param name="file">The file.</param>
    /// <param name="batchSize">Rows of a forward pass.</param>
    /// <param name="cancellationToken">Stops between two batches.</param>
    /// <exception cref="InvalidDataException">A row cannot be used; the message names file and line.</exception>
    /// <exception cref="PeftException">The data do not fit the model, or its answers are not numbers.</exception>
    public static FileEvaluation Run(
        LoadedModel model, DataOptions data, string file, int batchSize = 32, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(data);
        Dataset all = Dataset.Load(file, data.Reading, data.Limit);
        data = ColumnFinder.Fill(model.Pretrained.Model.Task, model.Pretrained.Model.ProblemType, data, all, model.WritesChats);
        UsableRows usable = UsableRows.Of(
            all, RowChecks.Of(model.Pretrained.Model.Task, model.Pretrained.Model.ProblemType, data, labelled: true), data.OnBadRow);
        ITaskRows encoded = model.TextTask(data).Encode(usable.Rows, labelled: true);
        return new(file, usable.Rows.Count, encoded.TruncatedRows, encoded.DroppedRows, Score(model.Model, model.Pretrained, encoded, batchSize, cancellationToken))
        {
            Notes = [.. ((string?[])[usable.Report, encoded.Note]).OfType<string>()],
        };
    }

    /// <summary>Evaluates rows that are encoded already.</summary>
    internal static EvaluationResult Score(
        PeftModel model, PretrainedModel pretrained, ITaskRows rows, int batchSize, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        long padding = pretrained.PaddingId;
        EvaluationResult result = Evaluator.Evaluate(model, null, rows.Examples, batchSize, padding, cancellationToken: cancellationToken)
            with { Examples = rows.RowCount };
        UsableNumbers.RequireLoss(result.Loss);
        if (!rows.HasTextMetrics)
            return result;
        // Whole answers and entities need what the model says, token by token.
        IReadOnlyList<Prediction> predictions = Predictor.Predict(model, null, rows.Examples, batchSize, padding, cancellationToken: cancellationToken);
        return result with { Metrics = rows.TextMetrics(predictions), Classes = rows.Report(predictions), Seconds = Stopwatch.GetElapsedTime(start).TotalSeconds };
    }
}
