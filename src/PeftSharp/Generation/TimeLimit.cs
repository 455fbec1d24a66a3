using System.Diagnostics;

namespace PeftSharp.Generation;

/// <summary>How long a generation may go on (<c>max_time</c>).</summary>
internal readonly struct TimeLimit
{
    private readonly long _begun;
    private readonly TimeSpan _limit;

    private TimeLimit(TimeSpan limit)
    {
        _begun = Stopwatch.GetTimestamp();
        _limit = limit;
    }

    /// <summary>True once the time is over.</summary>
    public bool IsOver => _limit != Timeout.InfiniteTimeSpan && Stopwatch.GetElapsedTime(_begun) > _limit;

    /// <summary>Begins to measure.</summary>
    public static TimeLimit Start(double? seconds) =>
        new(seconds is { } some and < 1e9 ? TimeSpan.FromSeconds(some) : Timeout.InfiniteTimeSpan);
}
