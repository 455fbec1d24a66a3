namespace PeftSharp.Data;

/// <summary>
/// What makes one row unusable while its file is sound: an empty text, no label, an answer that is not in its context. Such
/// errors are <see cref="InvalidDataException"/> like the others and carry their kind, so that a file's bad rows can be counted.
/// </summary>
public static class RowFault
{
    private const string Key = "PeftSharp.RowFault";

    /// <summary>The kind of fault in a few words, such as <c>an empty text</c>; null for an error of the whole file.</summary>
    public static string? KindOf(InvalidDataException error)
    {
        ArgumentNullException.ThrowIfNull(error);
        return error.Data[Key] as string;
    }

    /// <summary>An error about one row, ready to throw.</summary>
    /// <param name="place">Where the row is.</param>
    /// <param name="kind">A few words, such as <c>an empty text</c>.</param>
    /// <param name="message">What is wrong.</param>
    public static InvalidDataException Fault(this RowPlace place, string kind, string message)
    {
        InvalidDataException error = place.Error(message);
        error.Data[Key] = kind;
        return error;
    }
}
