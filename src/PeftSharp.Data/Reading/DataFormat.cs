namespace PeftSharp.Data;

/// <summary>How rows are written in a file.</summary>
public enum DataFormat
{
    /// <summary>A line is a row with the one column <c>text</c>; empty lines are rows too.</summary>
    Text,

    /// <summary>
    /// Fields between tabs, never quoted: a quotation mark is an ordinary character. Only where every name of the header stands
    /// in quotation marks is the file quoted as <see cref="Csv"/> is.
    /// </summary>
    Tsv,

    /// <summary>RFC 4180: fields between commas, quoted where they hold commas, quotes or line breaks.</summary>
    Csv,

    /// <summary>A JSON object on every line; a file that begins with a bracket is read as <see cref="Json"/>.</summary>
    Jsonl,

    /// <summary>One JSON array of objects, read one after another; a file that begins with an object is read as <see cref="Jsonl"/>.</summary>
    Json,

    /// <summary>A word a line, its columns (the last is the tag) between blanks or tabs; a blank line between sentences, which are the rows.</summary>
    Conll,
}
