using PeftSharp.Data;
using PeftSharp.Models;

namespace PeftSharp.Training;

/// <summary>What is wrong with examples is found before the first step, and the example is named.</summary>
internal static class ExampleChecks
{
    private const int Ignored = Collator.IgnoredLabel;

    /// <summary>Checks that every example fits the model and its task.</summary>
    /// <param name="model">The model.</param>
    /// <param name="examples">The examples.</param>
    /// <param name="what">The name of the examples in messages.</param>
    /// <param name="virtualTokens">The positions that an adapter takes in front of each example.</param>
    /// <exception cref="PeftException">An example does not fit, or no label of any example counts.</exception>
    public static void Require(BaseModel model, IReadOnlyList<EncodedExample> examples, string what, int virtualTokens)
    {
        long counted = 0;
        int room = model.MaxPositions - virtualTokens;
        for (int i = 0; i < examples.Count; i++)
        {
            EncodedExample example = examples[i];
            if (example.Length > room)
                throw new PeftException(
                    $"The {what} example {i} has {example.Length} tokens and the model has {model.MaxPositions} positions{(virtualTokens > 0 ? $", {virtualTokens} of them for virtual tokens" : "")}; set max_length to at most {room}.");
            counted += Count(model, example.Label, $"The {what} example {i}");
        }
        if (counted == 0)
            throw new PeftException($"No label of the {what} examples counts: all are {Ignored}. Is everything masked or cut off?");
    }

    /// <summary>The labels of an example that count.</summary>
    private static long Count(BaseModel model, ExampleLabel? label, string who)
    {
        int classes = model.Labels.Count;
        return (model.Task, label) switch
        {
            (_, null) => throw new PeftException($"{who} has no label."),
            (TaskType.SequenceClassification, ExampleLabel.Value value) when model.ProblemType == ProblemType.Regression && classes == 1 =>
                float.IsFinite(value.Number) ? 1 : throw new PeftException($"{who} has the target {value.Number}; it must be a finite number."),
            (TaskType.SequenceClassification, ExampleLabel.Flags flags) when model.ProblemType == ProblemType.MultiLabel =>
                flags.Holds.Length == classes ? classes : throw new PeftException($"{who} says of {flags.Holds.Length} labels whether they hold, and the model has {classes}."),
            (TaskType.SequenceClassification, ExampleLabel.Class one) when model.ProblemType == ProblemType.SingleLabel => CountClass(one.Id, classes, who),
            (TaskType.TokenClassification, ExampleLabel.Tokens tokens) => tokens.Ids.Sum(id => CountClass(id, classes, who)),
            // The first token has nothing before it that could predict it.
            (TaskType.CausalLanguageModel, ExampleLabel.Tokens tokens) =>
                tokens.Ids.Skip(1).Sum(id => CountClass(id, model.VocabularySize, who)),
            (TaskType.SequenceToSequence, ExampleLabel.Text text) => text.Ids.Length <= model.MaxTargetPositions
                ? text.Ids.Sum(id => CountClass(id, model.VocabularySize, who))
                : throw new PeftException($"{who} has a text to write of {text.Ids.Length} tokens and the decoder {model.MaxTargetPositions} positions; set max_target_length to at most that."),
            (TaskType.QuestionAnswering, ExampleLabel.Span) => 1,
            _ => throw new PeftException(
                $"{who} has {Describe(label)}, but {model.Task.ToName()}{(model.Task == TaskType.SequenceClassification ? $" with {classes} label{(classes == 1 ? "" : "s")}" : "")} needs {Needed(model)}."),
        };
    }

    private static long CountClass(long id, long classes, string who) =>
        id == Ignored ? 0
        : id >= 0 && id < classes ? 1
        : throw new PeftException($"{who} has the label {id}, which is outside 0 … {classes - 1}; check the labels against the model's.");

    private static string Needed(BaseModel model) => model.Task switch
    {
        TaskType.SequenceClassification => model.ProblemType switch { ProblemType.Regression => "a number", ProblemType.MultiLabel => "a set of labels", _ => "a class" },
        TaskType.QuestionAnswering => "the span of an answer",
        TaskType.SequenceToSequence => "a text to write",
        TaskType.FeatureExtraction => "no labels: it has no loss to train",
        _ => "a label for every token",
    };

    private static string Describe(ExampleLabel? label) => label switch
    {
        ExampleLabel.Class => "a class",
        ExampleLabel.Value => "a number",
        ExampleLabel.Flags => "a set of labels",
        ExampleLabel.Tokens => "token labels",
        ExampleLabel.Text => "a text to write",
        _ => "a span",
    };
}
