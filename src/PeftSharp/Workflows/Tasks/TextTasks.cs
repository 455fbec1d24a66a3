using System.Globalization;
using PeftSharp.Adapters;
using PeftSharp.Data;
using PeftSharp.Models;
using PeftSharp.Workflows.Configuration;

namespace PeftSharp.Workflows.Tasks;

/// <summary>All tasks on text, by <see cref="TaskType"/>.</summary>
public static class TextTasks
{
    /// <summary>The task of a loaded model and its data.</summary>
    /// <param name="pretrained">The base with its tokenizer; its labels are the classes.</param>
    /// <param name="data">The columns and the longest example.</param>
    /// <param name="adapted">The base with its adapters, whose virtual tokens take positions; null for none.</param>
    /// <exception cref="PeftException">The model's task has no text workflow, or max_length is more than the model takes.</exception>
    public static ITextTask Create(PretrainedModel pretrained, DataOptions data, PeftModel? adapted = null)
    {
        ArgumentNullException.ThrowIfNull(pretrained);
        ArgumentNullException.ThrowIfNull(data);
        BaseModel model = pretrained.Model;
        int room = adapted?.MaxTokens ?? model.MaxPositions;
        if (data.MaxLength > room)
            throw new ConfigException(
                $"data.max_length {data.MaxLength} is more than the {room} tokens that the model takes{(room < model.MaxPositions ? $" beside the adapter's {model.MaxPositions - room} virtual tokens" : "")}.");
        TextEncoder encoder = new(pretrained.Tokenizer, data.MaxLength ?? Math.Min(pretrained.MaxLength, room), model.VocabularySize);
        return model.Task switch
        {
            TaskType.SequenceClassification when model.Labels.Count == 1 => new RegressionTask(encoder, data.TextColumns),
            TaskType.SequenceClassification => new ClassificationTask(encoder, data.TextColumns, LabelMap.FromList(model.Labels)),
            TaskType.TokenClassification => new TaggingTask(encoder, data.TagColumns, LabelMap.FromList(model.Labels)),
            TaskType.QuestionAnswering => new QuestionTask(encoder, data.QuestionColumns, data.DocStride),
            TaskType.CausalLanguageModel => new LanguageTask(
                encoder, data.CausalColumns, data.CompletionOnlyLoss, encoder.IdOf(pretrained.Settings.EosToken) ?? model.Config.Integers("eos_token_id")?.Where(id => id >= 0).Cast<int?>().FirstOrDefault()),
            _ => throw new ConfigException(
                $"{pretrained.Folder}: its config.json names no task; set task to one of {string.Join(", ", TaskTypes.Names.Where(name => name != TaskType.FeatureExtraction.ToName()))}."),
        };
    }

    /// <summary>
    /// The names of the classes for training: those that the options list, else the model's own where they cover the
    /// rows, else those of the rows; null for tasks without classes.
    /// </summary>
    /// <param name="task">The task.</param>
    /// <param name="data">Columns and listed labels.</param>
    /// <param name="config">The model's config.</param>
    /// <param name="rows">The training rows.</param>
    /// <exception cref="ConfigException">The labels are listed wrongly, or are numbers with a fraction and none is listed.</exception>
    public static IReadOnlyList<string>? LabelsOf(TaskType task, DataOptions data, ModelConfig config, IReadOnlyList<DataRow> rows)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(rows);
        if (task is not (TaskType.SequenceClassification or TaskType.TokenClassification))
            return null;
        if (data.Labels is not null || data.LabelFile is not null)
            return Listed(data).Names;
        string[] found = task == TaskType.SequenceClassification
            ? [.. rows.Select(row => data.TextColumns.Read(row).Label!)]
            : [.. rows.SelectMany(row => data.TagColumns.Read(row).Tags!)];
        IReadOnlyList<string> own = config.Labels();
        if (own.Count > 0 && own.Distinct(StringComparer.Ordinal).Count() == own.Count && LabelMap.FromList(own) is var known && found.All(label => known.TryGetId(label, out _)))
            return own;
        string? fraction = found.FirstOrDefault(label =>
            double.TryParse(label, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && !double.IsInteger(number));
        return fraction is null || found.Any(label => !double.TryParse(label, NumberStyles.Float, CultureInfo.InvariantCulture, out _))
            ? LabelMap.Build(found).Names
            : throw new ConfigException($"data: the labels are numbers such as {fraction}; for a regression give one name, labels: [score], else list the classes in labels.");
    }

    private static LabelMap Listed(DataOptions data)
    {
        try
        {
            return data.LabelMap([]);
        }
        catch (ArgumentException error)
        {
            throw new ConfigException($"data.labels: {error.Message}", error);
        }
    }
}
