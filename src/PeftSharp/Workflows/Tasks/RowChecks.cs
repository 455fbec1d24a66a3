using PeftSharp.Data;
using PeftSharp.Models;

namespace PeftSharp.Workflows.Tasks;

/// <summary>When a row cannot be used: one rule for all tasks. A text, a word, a label or a completion must not be blank.</summary>
internal static class RowChecks
{
    /// <summary>The check of a task's rows; it throws faults of <see cref="RowFault"/>'s kinds.</summary>
    /// <param name="task">The task.</param>
    /// <param name="problem">What a text classifier decides.</param>
    /// <param name="data">The columns.</param>
    /// <param name="labelled">Whether rows need labels.</param>
    public static Action<DataRow> Of(TaskType task, ProblemType problem, DataOptions data, bool labelled)
    {
        switch (task)
        {
            case TaskType.SequenceClassification when problem == ProblemType.MultiLabel:
                MultiLabelColumns many = labelled ? data.MultiLabelColumns : data.MultiLabelColumns with { Labels = null };
                return row =>
                {
                    MultiLabelSample sample = many.Read(row);
                    RequireTexts(sample.Text, sample.TextPair, data, row.Place);
                };
            case TaskType.SequenceClassification:
                TextColumns text = labelled ? data.TextColumns : data.TextColumns with { Label = null };
                return row =>
                {
                    TextSample sample = text.Read(row);
                    RequireTexts(sample.Text, sample.TextPair, data, row.Place);
                    if (labelled && problem == ProblemType.Regression)
                        _ = sample.Target;
                };
            case TaskType.TokenClassification:
                TagColumns tags = labelled ? data.TagColumns : data.TagColumns with { Tags = null };
                return row => tags.Read(row);
            case TaskType.QuestionAnswering:
                QuestionColumns question = labelled ? data.QuestionColumns : data.QuestionColumns with { AnswerText = null, AnswerStart = null };
                return row =>
                {
                    QuestionSample sample = question.Read(row);
                    Require(sample.Question, "an empty question", question.Question, row.Place);
                    Require(sample.Context, "an empty context", question.Context, row.Place);
                };
            case TaskType.CausalLanguageModel when data.IsChat:
                ChatColumns chat = data.ChatColumns;
                return row => chat.Read(row);
            case TaskType.CausalLanguageModel:
                CausalColumns causal = data.CausalColumns;
                (string kind, string column) = causal.Prompt is null ? ("an empty text", causal.Text) : ("an empty completion", causal.Completion!);
                return row => Require(causal.Read(row).Completion, kind, column, row.Place);
            case TaskType.SequenceToSequence:
                SourceColumns pairs = labelled ? data.SourceColumns : data.SourceColumns with { Target = null };
                return row =>
                {
                    SourceSample sample = (pairs with { Prefix = "" }).Read(row);
                    Require(sample.Source, "an empty text to read", pairs.Source, row.Place);
                    if (sample.Target is not null)
                        Require(sample.Target, "an empty text to write", pairs.Target!, row.Place);
                };
            default:
                return _ => { };
        }
    }

    private static void RequireTexts(string text, string? pair, DataOptions data, RowPlace place)
    {
        Require(text, "an empty text", data.TextColumns.Text, place);
        if (pair is not null)
            Require(pair, "an empty second text", data.TextPair!, place);
    }

    private static void Require(string value, string kind, string column, RowPlace place)
    {
        if (string.IsNullOrWhiteSpace(value))
            throw place.Fault(kind, $"{kind}, column \"{column}\".");
    }
}
