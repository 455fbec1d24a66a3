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
            TaskType.SequenceClassification when model.ProblemType == ProblemType.MultiLabel => new MultiLabelTask(
                encoder, data.MultiLabelColumns, LabelMap.FromList(model.Labels),
                data.Threshold is { } threshold ? LabelThresholds.Same((float)threshold, model.Labels.Count) : model.Thresholds),
            TaskType.SequenceClassification when model.ProblemType == ProblemType.Regression => model.Labels.Count == 1
                ? new RegressionTask(encoder, data.TextColumns)
                : throw new ConfigException($"{pretrained.Folder}: a regression of {model.Labels.Count} numbers at once is not possible here; it has one."),
            TaskType.SequenceClassification => new ClassificationTask(encoder, data.TextColumns, LabelMap.FromList(model.Labels)),
            TaskType.TokenClassification => new TaggingTask(encoder, data.TagColumns, LabelMap.FromList(model.Labels)),
            TaskType.QuestionAnswering => new QuestionTask(encoder, data.QuestionColumns, data.DocStride),
            TaskType.CausalLanguageModel when data.IsChat => new ChatTask(encoder, data, ChatTemplateChoice.Require(pretrained.Settings, pretrained.Folder, data.ChatTemplate)),
            TaskType.CausalLanguageModel => new LanguageTask(
                encoder, data.CausalColumns, data.CompletionOnlyLoss, encoder.IdOf(pretrained.Settings.EosToken) ?? model.Config.Integers("eos_token_id")?.Where(id => id >= 0).Cast<int?>().FirstOrDefault()),
            TaskType.SequenceToSequence => new TargetTask(
                encoder, new(pretrained.Tokenizer, Math.Min(data.MaxTargetLength, adapted?.MaxTargetTokens ?? model.MaxTargetPositions), model.VocabularySize), data.SourceColumns),
            _ => throw new ConfigException(
                $"{pretrained.Folder}: its config.json names no task; set task to one of {string.Join(", ", TaskTypes.Names.Where(name => name != TaskType.FeatureExtraction.ToName()))}."),
        };
    }
}
