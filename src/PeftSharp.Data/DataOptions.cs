namespace PeftSharp.Data;

/// <summary>
/// The <c>data:</c> section of a configuration: the files, how to read them, and which columns a task uses. In YAML and on
/// the command line the names are in snake case: <c>data: { train: train.csv, text: text, label: category }</c>.
/// </summary>
public sealed record DataOptions
{
    /// <summary>The file of rows to train on.</summary>
    public string? Train { get; init; }

    /// <summary>The file to evaluate on during training.</summary>
    public string? Eval { get; init; }

    /// <summary>The file to report on at the end.</summary>
    public string? Test { get; init; }

    /// <inheritdoc cref="ReadOptions.Format"/>
    public DataFormat? Format { get; init; }

    /// <inheritdoc cref="ReadOptions.Header"/>
    public bool? Header { get; init; }

    /// <inheritdoc cref="ReadOptions.Columns"/>
    public IReadOnlyList<string>? Columns { get; init; }

    /// <inheritdoc cref="ReadOptions.Delimiter"/>
    public char? Delimiter { get; init; }

    /// <inheritdoc cref="ReadOptions.IgnoreExtraFields"/>
    public bool IgnoreExtraFields { get; init; }

    /// <summary>Read only so many rows of each file.</summary>
    public int? Limit { get; init; }

    /// <summary>The most tokens an example has, special tokens included; unset: what the model takes.</summary>
    public int? MaxLength { get; init; }

    /// <summary>The column of the text; <c>text</c> if unset.</summary>
    public string? Text { get; init; }

    /// <summary>The column of the second text of a pair.</summary>
    public string? TextPair { get; init; }

    /// <summary>The column of the class or number, <c>label</c> if unset; several columns of 0 and 1 where a text may have several labels.</summary>
    public ColumnNames? Label { get; init; }

    /// <summary>What stands between labels in one cell where a text may have several: <c>|</c> in <c>a|b</c>.</summary>
    public string? LabelSeparator { get; init; }

    /// <summary>The names of the classes in the order of their numbers; unset: those of the training rows, sorted.</summary>
    public IReadOnlyList<string>? Labels { get; init; }

    /// <summary>A file with a JSON array of the names of the classes, in place of <see cref="Labels"/>.</summary>
    public string? LabelFile { get; init; }

    /// <summary>The column of the words of a sentence, a list or text split at white space; <c>tokens</c> if unset.</summary>
    public string? Tokens { get; init; }

    /// <summary>The column of their tags; <c>tags</c> if unset.</summary>
    public string? Tags { get; init; }

    /// <summary>The column of the question; <c>question</c> if unset.</summary>
    public string? Question { get; init; }

    /// <summary>The column of the text that answers it; <c>context</c> if unset.</summary>
    public string? Context { get; init; }

    /// <summary>The column of SQuAD's answers, an object with the lists <c>text</c> and <c>answer_start</c>; <c>answers</c> if unset.</summary>
    public string? Answers { get; init; }

    /// <summary>The column of the text of the answer, where it is not in <see cref="Answers"/>.</summary>
    public string? AnswerText { get; init; }

    /// <summary>The column of the place of the answer in code points, where it is not in <see cref="Answers"/>.</summary>
    public string? AnswerStart { get; init; }

    /// <summary>The tokens that two windows of one long context share (<c>doc_stride</c>), for question answering.</summary>
    public int DocStride { get; init; } = 128;

    /// <summary>The column of the prompt.</summary>
    public string? Prompt { get; init; }

    /// <summary>The column of the completion of the prompt.</summary>
    public string? Completion { get; init; }

    /// <summary>A known way to write the prompt; unset, the prompt is its column as it is.</summary>
    public PromptTemplate? PromptTemplate { get; init; }

    /// <summary>The column of what an instruction is about, for <see cref="PromptTemplate"/>.</summary>
    public string? Input { get; init; }

    /// <summary>Whether only the completion is learnt, not the prompt (<c>completion_only_loss</c>).</summary>
    public bool CompletionOnlyLoss { get; init; } = true;

    /// <summary>The column of the text that an encoder-decoder reads; <c>source</c> if unset.</summary>
    public string? Source { get; init; }

    /// <summary>The column of the text that it writes; <c>target</c> if unset.</summary>
    public string? Target { get; init; }

    /// <summary>What stands before every text that it reads (<c>source_prefix</c>), such as <c>"summarize: "</c> for T5.</summary>
    public string? SourcePrefix { get; init; }

    /// <summary>The most tokens of a text that it writes, special tokens included (<c>max_target_length</c>).</summary>
    public int MaxTargetLength { get; init; } = 128;

    /// <summary>The column of a conversation, a list of messages.</summary>
    public string? Messages { get; init; }

    /// <summary>Whether rows are written as conversations by a chat template; unset: where they are conversations, or the model has a template and they are prompts with answers.</summary>
    public bool? ApplyChatTemplate { get; init; }

    /// <summary>A chat template in place of the model's: a Jinja file, the name of one of the model's, or <c>chatml</c>.</summary>
    public string? ChatTemplate { get; init; }

    /// <summary>Whether only what the assistant says is learnt (<c>assistant_only_loss</c>).</summary>
    public bool AssistantOnlyLoss { get; init; } = true;

    /// <summary>Whether only the assistant's last turn is learnt (<c>mask_history</c>).</summary>
    public bool MaskHistory { get; init; }

    /// <summary>True where rows are conversations, or are written as such.</summary>
    public bool IsChat => Messages is not null || ApplyChatTemplate == true;

    /// <summary>What to do with rows that cannot be used: an empty text, no label.</summary>
    public OnBadRow OnBadRow { get; init; }

    /// <summary>True where the options name the classes.</summary>
    public bool NamesClasses => Labels is not null || LabelFile is not null;

    /// <summary>How to read the files.</summary>
    public ReadOptions Reading => new()
    {
        Format = Format,
        Header = Header,
        Columns = Columns,
        Delimiter = Delimiter,
        IgnoreExtraFields = IgnoreExtraFields,
    };

    /// <summary>The probability from which on a label holds, where a text may have several; unset: 0.5, or what was saved with the adapter.</summary>
    public double? Threshold { get; init; }

    /// <summary>Whether each label gets the threshold with the best F1 on the rows of <see cref="Eval"/>.</summary>
    public bool TuneThresholds { get; init; }

    /// <summary>The columns of text classification and regression.</summary>
    public TextColumns TextColumns => new(Text ?? "text", TextPair, (Label ?? "label").ToString());

    /// <summary>The columns of text classification where a text may have several labels.</summary>
    public MultiLabelColumns MultiLabelColumns => new(Text ?? "text", TextPair, Label ?? "label", LabelSeparator);

    /// <summary>The columns of token classification.</summary>
    public TagColumns TagColumns => new(Tokens ?? "tokens", Tags ?? "tags");

    /// <summary>The columns of question answering.</summary>
    public QuestionColumns QuestionColumns => new(
        Question ?? "question",
        Context ?? "context",
        AnswerText ?? $"{Answers ?? "answers"}.text",
        AnswerStart ?? $"{Answers ?? "answers"}.answer_start");

    /// <summary>The columns of causal language modelling.</summary>
    public CausalColumns CausalColumns => new(Text ?? "text", Prompt, Completion) { Template = PromptTemplate, Input = Input };

    /// <summary>The columns of tasks that write a text for another one.</summary>
    public SourceColumns SourceColumns => new(Source ?? "source", Target ?? "target", SourcePrefix ?? "");

    /// <summary>The columns of a conversation.</summary>
    public ChatColumns ChatColumns => new() { Messages = Messages, Prompt = Prompt, Completion = Completion, Input = Input };

    /// <summary>The classes: as listed, as in the file, or those of the training rows.</summary>
    /// <param name="training">The labels of the training rows; only looked at if the options name none.</param>
    /// <exception cref="ArgumentException">There are no labels, or a listed one is empty or there twice.</exception>
    /// <exception cref="FileNotFoundException">The file of labels does not exist.</exception>
    /// <exception cref="InvalidDataException">It does not hold a JSON array of distinct names.</exception>
    public LabelMap LabelMap(IEnumerable<string> training) =>
        Labels is not null ? Data.LabelMap.FromList(Labels)
        : LabelFile is not null ? Data.LabelMap.FromFile(LabelFile)
        : Data.LabelMap.Build(training);

    /// <summary>Throws if the options contradict each other or a number is out of range.</summary>
    /// <exception cref="ArgumentException">The message names the key as it is written in YAML.</exception>
    public void Validate()
    {
        Reading.Validate();
        if (Limit <= 0)
            throw new ArgumentException($"limit: {Limit} is not a number of rows; leave it out to read all.");
        if (MaxLength <= 0)
            throw new ArgumentException($"max_length: {MaxLength} is not a number of tokens.");
        if (MaxTargetLength <= 0)
            throw new ArgumentException($"max_target_length: {MaxTargetLength} is not a number of tokens.");
        if (DocStride < 0)
            throw new ArgumentException($"doc_stride: {DocStride} is not a number of tokens.");
        if (Labels is not null && LabelFile is not null)
            throw new ArgumentException("labels and label_file both give the classes; keep one of them.");
        if (Prompt is null != Completion is null)
            throw new ArgumentException($"{(Prompt is null ? "completion needs prompt" : "prompt needs completion")}, the column that goes with it.");
        if (Prompt is not null && Text is not null)
            throw new ArgumentException("text and prompt + completion are two ways to give the text to learn; keep one of them.");
        if (Messages is not null && (Prompt is not null || Text is not null))
            throw new ArgumentException("messages and text or prompt + completion are two ways to give what is learnt; keep one of them.");
        if (ApplyChatTemplate == true && PromptTemplate is not null)
            throw new ArgumentException("apply_chat_template and prompt_template are two ways to write a prompt; keep one of them.");
        if (ApplyChatTemplate == false && (Messages is not null || ChatTemplate is not null))
            throw new ArgumentException($"apply_chat_template is false and {(Messages is not null ? "messages" : "chat_template")} is set; keep one of them.");
        if (Input is not null && PromptTemplate is null && ApplyChatTemplate != true)
            throw new ArgumentException("input is a column of a prompt_template; set prompt_template: alpaca.");
        if (PromptTemplate is not null && Text is not null)
            throw new ArgumentException("text and prompt_template are two ways to give the text to learn; keep one of them.");
        if (AnswerText is null != AnswerStart is null)
            throw new ArgumentException($"{(AnswerText is null ? "answer_start needs answer_text" : "answer_text needs answer_start")}, the column that goes with it.");
        if (Answers is not null && AnswerText is not null)
            throw new ArgumentException("answers and answer_text + answer_start are two ways to give the answers; keep one of them.");
        if (LabelSeparator is { Length: 0 })
            throw new ArgumentException("label_separator: is empty; leave it out, or give what stands between labels, such as \"|\".");
        if (Threshold is < 0 or > 1 or double.NaN)
            throw new ArgumentException($"threshold: {Threshold} is no probability, from 0 to 1.");
        if (Label is not null && Label.All.Any(string.IsNullOrWhiteSpace))
            throw new ArgumentException("label: is empty; leave it out or give a column.");
        RequireNames();
    }

    private void RequireNames()
    {
        foreach ((string key, string? value) in ((string, string?)[])[
            ("train", Train), ("eval", Eval), ("test", Test), ("text", Text), ("text_pair", TextPair),
            ("label_file", LabelFile), ("tokens", Tokens), ("tags", Tags), ("question", Question), ("context", Context),
            ("answers", Answers), ("answer_text", AnswerText), ("answer_start", AnswerStart), ("prompt", Prompt), ("completion", Completion), ("input", Input),
            ("messages", Messages), ("source", Source), ("target", Target)])
            if (value is not null && string.IsNullOrWhiteSpace(value))
                throw new ArgumentException($"{key}: is empty; leave it out or give a {(key is "train" or "eval" or "test" or "label_file" ? "file" : "column")}.");
    }
}
