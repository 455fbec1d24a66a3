namespace PeftSharp.Data;

/// <summary>The columns of causal language modelling: a text, or a prompt and its completion.</summary>
/// <param name="Text">The text, if there is no prompt.</param>
/// <param name="Prompt">What is given; its tokens are not trained on.</param>
/// <param name="Completion">What is to be learnt; given together with <paramref name="Prompt"/>.</param>
public sealed record CausalColumns(string Text = "text", string? Prompt = null, string? Completion = null)
{
    /// <summary>How the prompt is written; null takes its column as it is.</summary>
    public PromptTemplate? Template { get; init; }

    /// <summary>The column of what the instruction is about, for <see cref="Template"/>; rows may be without.</summary>
    public string? Input { get; init; }

    /// <summary>The sample of a row.</summary>
    /// <exception cref="InvalidDataException">A column is missing or null.</exception>
    public CausalSample Read(DataRow row) => Prompt is null || Completion is null
        ? new("", row.Text(Text), row.Place)
        : new(Template is { } template ? template.Render(row.Text(Prompt), InputOf(row)) : row.Text(Prompt), row.Text(Completion), row.Place);

    private string InputOf(DataRow row) =>
        Input is null || !row.Has(Input) || row[Input].Kind == DataKind.Null ? "" : row.Text(Input);
}

/// <summary>A text to learn, after a prompt or by itself.</summary>
/// <param name="Prompt">What comes before; empty if all of the text is learnt.</param>
/// <param name="Completion">What is learnt.</param>
/// <param name="Place">Where it stands.</param>
public sealed record CausalSample(string Prompt, string Completion, RowPlace Place);
