namespace PeftSharp.Data;

/// <summary>The columns of tasks that write a text for another one: summaries, translations, answers.</summary>
/// <param name="Source">What is read; a member of an object with a dot, as in <c>translation.en</c>.</param>
/// <param name="Target">What is to be written; null for data without.</param>
/// <param name="Prefix">What stands before every text that is read, such as <c>summarize: </c></param>
public sealed record SourceColumns(string Source = "source", string? Target = "target", string Prefix = "")
{
    /// <summary>The sample of a row.</summary>
    /// <exception cref="InvalidDataException">A column is missing or null.</exception>
    public SourceSample Read(DataRow row) => new(Prefix + row.Text(Source), Target is null ? null : row.Text(Target), row.Place);
}

/// <summary>A text to read, and the one to write.</summary>
/// <param name="Source">The text to read, with its prefix.</param>
/// <param name="Target">The text to write; null if the data has none.</param>
/// <param name="Place">Where it stands.</param>
public sealed record SourceSample(string Source, string? Target, RowPlace Place);
