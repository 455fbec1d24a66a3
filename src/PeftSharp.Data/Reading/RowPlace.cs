namespace PeftSharp.Data;

/// <summary>Where a row begins: what every message about its content starts with.</summary>
/// <param name="File">The file as the user named it.</param>
/// <param name="Line">The 1-based line on which the row starts; a quoted CSV field or a JSON value may run over several lines.</param>
public readonly record struct RowPlace(string File, long Line)
{
    /// <summary>An error about this row, ready to throw: "FILE, line LINE: MESSAGE".</summary>
    public InvalidDataException Error(string message, Exception? inner = null) => new($"{this}: {message}", inner);

    /// <summary>"FILE, line LINE".</summary>
    public override string ToString() => $"{File}, line {Line}";
}
