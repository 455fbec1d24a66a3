namespace PeftSharp.Data;

/// <summary>How rows are written in a file.</summary>
public enum DataFormat
{
    /// <summary>A line is a row with the one column <c>text</c>; empty lines are rows too.</summary>
    Text,

    /// <summary>Fields between tabs, never quoted: a quotation mark is an ordinary character.</summary>
    Tsv,

    /// <summary>RFC 4180: fields between commas, quoted where they hold commas, quotes or line breaks.</summary>
    Csv,

    /// <summary>A JSON object on every line.</summary>
    Jsonl,

    /// <summary>One JSON array of objects; read into memory as a whole, so large data belongs in <see cref="Jsonl"/>.</summary>
    Json,
}
