using System.Diagnostics;

namespace PeftSharp.Text.Patterns;

/// <summary>How long the expressions of a file may take on one text, however many pieces it is cut into: some seconds, and more for a longer text.</summary>
internal sealed class TimeBudget
{
    private static readonly long s_forAny = 2 * Stopwatch.Frequency;
    private static readonly double s_forCharacter = 20e-6 * Stopwatch.Frequency;

    private double _left = s_forAny;

    /// <summary>Begins anew, for a text of so many characters.</summary>
    public void Begin(int length) => _left = s_forAny + length * s_forCharacter;

    /// <summary>True if more than what is left has passed since a time stamp.</summary>
    public bool IsSpentSince(long timestamp) => Stopwatch.GetTimestamp() - timestamp > _left;

    /// <summary>Takes away what has passed since a time stamp.</summary>
    public void SpendSince(long timestamp) => _left -= Stopwatch.GetTimestamp() - timestamp;
}
