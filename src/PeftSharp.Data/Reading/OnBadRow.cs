namespace PeftSharp.Data;

/// <summary>What to do with rows that cannot be used (<see cref="RowFault"/>).</summary>
public enum OnBadRow
{
    /// <summary>Stop, and say how many there are and where.</summary>
    Error,

    /// <summary>Leave them out, and say how many there were and where.</summary>
    Skip,
}
