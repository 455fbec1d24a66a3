using PeftSharp.Data;
using PeftSharp.Models;

namespace PeftSharp.Workflows.Tasks;

/// <summary>Columns that no option names, found in the rows: the usual names and the layouts that data sets have.</summary>
internal static class ColumnFinder
{
    private static readonly string[] _words = ["words", "form"];
    private static readonly string[] _tags = ["ner_tags", "ner", "labels", "label", "upos"];
    private static readonly string[] _sources = ["article", "document", "dialogue", "text", "question", "prompt", "input", "inputs"];
    private static readonly string[] _targets = ["summary", "highlights", "abstract", "answer", "completion", "output", "targets"];
    private static readonly string[] _chats = ["messages", "conversations", "conversation"];

    /// <summary>The options with the columns of a task filled in.</summary>
    /// <param name="task">The task.</param>
    /// <param name="problem">What a text classifier decides.</param>
    /// <param name="data">What the user set, which stays.</param>
    /// <param name="rows">The rows of a file; the first one tells.</param>
    /// <param name="hasChatTemplate">Whether the model has a chat template, so that prompts with answers are conversations.</param>
    public static DataOptions Fill(TaskType task, ProblemType problem, DataOptions data, IReadOnlyList<DataRow> rows, bool hasChatTemplate = false) => task switch
    {
        _ when rows.Count == 0 => data,
        TaskType.SequenceClassification when problem == ProblemType.MultiLabel => MultiLabel(data, rows[0]),
        TaskType.TokenClassification => Tagging(data, rows[0]),
        TaskType.CausalLanguageModel => Language(data, rows[0], hasChatTemplate || data.ChatTemplate is not null || data.ApplyChatTemplate == true),
        TaskType.SequenceToSequence => Pairs(data, rows[0]),
        _ => data,
    };

    /// <summary>The columns of the first row that the task does not read.</summary>
    public static IReadOnlyList<string> Unused(TaskType task, DataOptions data, IReadOnlyList<DataRow> rows)
    {
        string?[] used = task switch
        {
            TaskType.SequenceClassification => [data.TextColumns.Text, data.TextColumns.TextPair, .. data.MultiLabelColumns.Labels!.All],
            TaskType.TokenClassification => [data.TagColumns.Tokens, data.TagColumns.Tags],
            TaskType.QuestionAnswering => [data.QuestionColumns.Question, data.QuestionColumns.Context, data.QuestionColumns.AnswerText, data.QuestionColumns.AnswerStart],
            TaskType.CausalLanguageModel when data.IsChat => [.. data.ChatColumns.Used],
            TaskType.CausalLanguageModel when data.CausalColumns.Prompt is null => [data.CausalColumns.Text],
            TaskType.CausalLanguageModel => [data.Prompt, data.Input, data.Completion],
            TaskType.SequenceToSequence => [data.SourceColumns.Source, data.SourceColumns.Target],
            _ => [],
        };
        // answers.text is a member of the column answers.
        return [.. rows[0].Columns.Where(column => column.Length > 0 && !used.Any(name => name == column || name?.StartsWith($"{column}.", StringComparison.Ordinal) == true))];
    }

    /// <summary>Several columns may be given as lists are elsewhere, with commas between them.</summary>
    private static DataOptions MultiLabel(DataOptions data, DataRow row)
    {
        if (data.Label is null)
            return row.Has("label") || !row.Has("labels") ? data : data with { Label = "labels" };
        string[] parts = data.Label.Single is { } name && !row.Has(name) ? name.Split(',', StringSplitOptions.TrimEntries) : [];
        return parts.Length > 1 && Array.TrueForAll(parts, row.Has) ? data with { Label = new(parts) } : data;
    }

    private static DataOptions Tagging(DataOptions data, DataRow row)
    {
        bool lists = row.Columns.All(column => row[column].Kind == DataKind.List);
        return data with
        {
            Tokens = data.Tokens ?? Find("tokens", _words, 0),
            Tags = data.Tags ?? Find("tags", _tags, row.Columns.Count - 1),
        };

        // A file of lists alone, as CoNLL's is: the words stand first and the tag last.
        string? Find(string usual, string[] others, int place) =>
            row.Has(usual) ? null
            : others.FirstOrDefault(row.Has) ?? (lists && row.Columns.Count > 1 ? row.Columns[place] : null);
    }

    /// <summary>The columns of the usual sets of summaries, translations and instructions.</summary>
    private static DataOptions Pairs(DataOptions data, DataRow row) => data with
    {
        Source = data.Source ?? (row.Has("source") ? null : _sources.FirstOrDefault(name => row.Has(name) && name != data.Target)),
        Target = data.Target ?? (row.Has("target") ? null : _targets.FirstOrDefault(name => row.Has(name) && name != data.Source)),
    };

    private static DataOptions Language(DataOptions data, DataRow row, bool chats)
    {
        if (data.PromptTemplate is not null)
            return data with
            {
                Prompt = data.Prompt ?? "instruction",
                Completion = data.Completion ?? "output",
                Input = data.Input ?? (row.Has("input") ? "input" : null),
            };
        if (data.Messages is not null)
            return data with { ApplyChatTemplate = true };
        if (data.Text is not null || (data.Prompt is null && row.Has("text")))
            return data;
        if (data.Prompt is null && _chats.FirstOrDefault(row.Has) is { } chat)
            return data with { Messages = chat, ApplyChatTemplate = true };
        if (data.Prompt is null && row.Has("prompt") && row.Has("completion"))
            data = data with { Prompt = "prompt", Completion = "completion" };
        else if (data.Prompt is null && row.Has("instruction") && row.Has("output"))
            return chats && data.ApplyChatTemplate != false
                ? data with { Prompt = "instruction", Completion = "output", Input = row.Has("input") ? "input" : null, ApplyChatTemplate = true }
                : Language(data with { PromptTemplate = PromptTemplate.Alpaca }, row, chats);
        if (data.Prompt is null)
            return data;
        bool conversational = row.Has(data.Prompt) && ChatColumns.IsConversation(row[data.Prompt]);
        return data.ApplyChatTemplate is null && (chats || conversational) ? data with { ApplyChatTemplate = true } : data;
    }
}
