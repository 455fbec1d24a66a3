namespace PeftSharp.Workflows.Comparing;

/// <summary>How to compare.</summary>
public sealed record CompareOptions
{
    /// <summary>Single requests to time of each variant.</summary>
    public int Requests { get; init; } = 100;

    /// <summary>Run variants again that have been run with the same configuration.</summary>
    public bool Force { get; init; }
}
