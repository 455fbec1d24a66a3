namespace PeftSharp.Data;

/// <summary>
/// The columns of token classification: lists (of JSON, or written as text: <c>['Ada', 'lives']</c>), or text whose words
/// stand between white space.
/// </summary>
/// <param name="Tokens">The words.</param>
/// <param name="Tags">A tag for every word; null for data without tags.</param>
public sealed record TagColumns(string Tokens = "tokens", string? Tags = "tags")
{
    /// <summary>The sample of a row.</summary>
    /// <exception cref="InvalidDataException">A column is missing or of the wrong kind, there are no words, a word or tag is empty, or there are not as many tags as words.</exception>
    public TagSample Read(DataRow row)
    {
        IReadOnlyList<string> words = Words(row, Tokens);
        IReadOnlyList<string>? tags = Tags is null ? null : [.. Words(row, Tags).Select(tag => tag.Trim())];
        if (words.Count == 0)
            throw row.Place.Fault("no words", $"column \"{Tokens}\" has no words.");
        return tags is null || tags.Count == words.Count
            ? new(words, tags, row.Place)
            : throw row.Place.Fault("unlike numbers of words and tags", $"{words.Count} words in column \"{Tokens}\" and {tags.Count} tags in \"{Tags}\".");
    }

    private static IReadOnlyList<string> Words(DataRow row, string column)
    {
        if (row.ListIn(column) is null)
            return row.Text(column).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        IReadOnlyList<string> words = row.TextList(column);
        for (int i = 0; i < words.Count; i++)
            if (string.IsNullOrWhiteSpace(words[i]))
                throw row.Place.Fault($"an empty item in \"{column}\"", $"column \"{column}[{i}]\" is empty.");
        return words;
    }
}

/// <summary>A sentence as words with a tag each.</summary>
/// <param name="Words">The words, at least one.</param>
/// <param name="Tags">As many tags, or null if the data has none.</param>
/// <param name="Place">Where it stands.</param>
public sealed record TagSample(IReadOnlyList<string> Words, IReadOnlyList<string>? Tags, RowPlace Place);
