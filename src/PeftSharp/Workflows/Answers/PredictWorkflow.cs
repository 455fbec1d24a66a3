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
public sealed record Predictions(IReadOnlyList<JsonObject> Rows, int TruncatedRows)
{
    /// <summary>The rows that were asked about, one for each of <see cref="Rows"/>.</summary>
    public required IReadOnlyList<DataRow> Inputs { get; init; }

    /// <summary>The columns of <see cref="Inputs"/> that fields of <see cref="Rows"/> repeat, by field.</summary>
    public required IReadOnlyDictionary<string, string> Repeated { get; init; }

    /// <summary>Which rows have no answer, and why; null where all have one.</summary>
    public string? Skipped { get; init; }

    /// <summary>
    /// The answers beside columns of the rows: first the columns, then what was predicted, <c>predicted_</c> before the name
    /// where a column has it.
    /// </summary>
    /// <param name="columns">The columns to bring along; null for all of them.</param>
    /// <exception cref="ConfigException">The rows have no such column.</exception>
    public IReadOnlyList<JsonObject> WithColumns(IReadOnlyList<string>? columns = null)
    {
        JsonObject[] rows = new JsonObject[Rows.Count];
        for (int i = 0; i < rows.Length; i++)
        {
            DataRow input = Inputs[i];
            JsonObject row = rows[i] = [];
            foreach (string column in columns ?? input.Columns)
                row[column] = Kept(input, column).ToJson();
            foreach ((string field, JsonNode? value) in Rows[i])
                if (!Repeated.TryGetValue(field, out string? source) || !row.ContainsKey(source))
                    row[row.ContainsKey(field) ? $"predicted_{field}" : field] = value?.DeepClone();
        }
        return rows;
    }

    private static DataValue Kept(DataRow row, string column) => row.Columns.Contains(column)
        ? row[column]
        : throw new ConfigException($"keep_columns: {row.Place.File} has no column \"{column}\"{NearestName.Suggestion(column, row.Columns)}; the columns are {NearestName.List([.. row.Columns])}.");
}

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
        data = ColumnFinder.Fill(model.Pretrained.Model.Task, model.Pretrained.Model.ProblemType, data, rows, model.WritesChats);
        UsableRows usable = UsableRows.Of(rows, RowChecks.Of(model.Pretrained.Model.Task, model.Pretrained.Model.ProblemType, data, labelled: false), data.OnBadRow);
        ITaskRows encoded = model.TextTask(data).Encode(usable.Rows, labelled: false);
        IReadOnlyList<Prediction> predictions = Predictor.Predict(
            model.Model, null, encoded.Examples, batchSize, model.Pretrained.PaddingId, cancellationToken: cancellationToken);
        JsonObject[] answers = [.. encoded.Answers(predictions, topK)];
        return new(usable.Bad.Count == 0 ? answers : WithGaps(answers, usable.Bad, rows.Count), encoded.TruncatedRows) 
        {
            Inputs = rows,
            Repeated = RepeatedBy(model.Pretrained.Model.Task, data),
            Skipped = usable.Report,
        };
    }

    /// <summary>A row without an answer keeps its place, with null for every field.</summary>
    private static JsonObject[] WithGaps(JsonObject[] answers, IReadOnlySet<int> bad, int rows)
    {
        JsonObject[] all = new JsonObject[rows];
        int at = 0;
        for (int i = 0; i < rows; i++)
            all[i] = bad.Contains(i) ? new JsonObject(answers[0].Select(field => KeyValuePair.Create(field.Key, (JsonNode?)null))) : answers[at++];
        return all;
    }

    private static Dictionary<string, string> RepeatedBy(TaskType task, DataOptions data) => task switch
    {
        TaskType.QuestionAnswering => new() { ["question"] = data.QuestionColumns.Question },
        TaskType.TokenClassification => new() { ["tokens"] = data.TagColumns.Tokens },
        _ => data.TextColumns.TextPair is { } pair ? new() { ["text"] = data.TextColumns.Text, ["text_pair"] = pair } : new() { ["text"] = data.TextColumns.Text },
    };

    private static string[] ColumnsOf(TaskType task, DataOptions data) => task switch
    {
        TaskType.QuestionAnswering => [data.QuestionColumns.Question, data.QuestionColumns.Context],
        TaskType.TokenClassification => [data.TagColumns.Tokens],
        _ => data.TextColumns.TextPair is { } pair ? [data.TextColumns.Text, pair] : [data.TextColumns.Text],
    };
}
