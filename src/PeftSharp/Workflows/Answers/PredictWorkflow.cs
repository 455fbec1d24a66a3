using System.Text.Json.Nodes;
using PeftSharp.Data;
using PeftSharp.Models;
using PeftSharp.Training;
using PeftSharp.Workflows.Configuration;
using PeftSharp.Workflows.Loading;
using PeftSharp.Workflows.Tasks;

namespace PeftSharp.Workflows.Answers;

/// <summary>What a model says about rows.</summary>
/// <param name="Rows">One object a row: label and probability, tags and entities, an answer, or a number.</param>
/// <param name="TruncatedRows">How many rows lost their end.</param>
public sealed record Predictions(IReadOnlyList<JsonObject> Rows, int TruncatedRows);

/// <summary>Asks a model about texts.</summary>
public static class PredictWorkflow
{
    /// <summary>Predicts for texts given one by one.</summary>
    /// <param name="model">The model.</param>
    /// <param name="data">Columns (for pairs: that there is a second one) and the longest example.</param>
    /// <param name="texts">
    /// The texts; question and context in turn for question answering, and both texts in turn where the options name
    /// a <see cref="DataOptions.TextPair"/>.
    /// </param>
    /// <param name="topK">How many of the likeliest classes to give.</param>
    /// <param name="batchSize">Rows of a forward pass.</param>
    /// <param name="cancellationToken">Stops between two batches.</param>
    /// <exception cref="ConfigException">There are no texts, or an odd number where there must be two a row.</exception>
    public static Predictions OfTexts(
        LoadedModel model, DataOptions data, IReadOnlyList<string> texts, int topK = 1, int batchSize = 32, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(texts);
        string[] columns = ColumnsOf(model.Pretrained.Model.Task, data);
        if (texts.Count == 0 || texts.Count % columns.Length != 0)
            throw new ConfigException($"there {(texts.Count == 1 ? "is 1 text" : $"are {texts.Count} texts")}, and each row needs {(columns.Length == 1 ? "one" : string.Join(" and ", columns))}.");
        DataRow[] rows = [.. texts.Chunk(columns.Length).Select((row, i) => DataRow.Of(new RowPlace("the texts", i + 1), [.. columns.Zip(row)]))];
        return Run(model, data, rows, topK, batchSize, cancellationToken);
    }

    /// <summary>Predicts for the rows of a file, which need no labels.</summary>
    /// <inheritdoc cref="OfTexts" path="/param"/>
    /// <param name="model">The model.</param>
    /// <param name="data">How to read the file, its columns, and the longest example.</param>
    /// <param name="file">The file.</param>
    /// <param name="topK">How many of the likeliest classes to give.</param>
    /// <param name="batchSize">Rows of a forward pass.</param>
    /// <param name="cancellationToken">Stops between two batches.</param>
    public static Predictions OfFile(
        LoadedModel model, DataOptions data, string file, int topK = 1, int batchSize = 32, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(data);
        return Run(model, data, Dataset.Load(file, data.Reading, data.Limit), topK, batchSize, cancellationToken);
    }

    private static Predictions Run(
        LoadedModel model, DataOptions data, IReadOnlyList<DataRow> rows, int topK, int batchSize, CancellationToken cancellationToken)
    {
        ITaskRows encoded = model.TextTask(data).Encode(rows, labelled: false);
        IReadOnlyList<Prediction> predictions = Predictor.Predict(
            model.Model, null, encoded.Examples, batchSize, model.Pretrained.PaddingId, cancellationToken: cancellationToken);
        return new([.. encoded.Answers(predictions, topK)], encoded.TruncatedRows);
    }

    private static string[] ColumnsOf(TaskType task, DataOptions data) => task switch
    {
        TaskType.QuestionAnswering => [data.QuestionColumns.Question, data.QuestionColumns.Context],
        TaskType.TokenClassification => [data.TagColumns.Tokens],
        _ => data.TextColumns.TextPair is { } pair ? [data.TextColumns.Text, pair] : [data.TextColumns.Text],
    };
}
