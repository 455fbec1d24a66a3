using System.Diagnostics;

namespace PeftSharp.Kernels;

/// <summary>
/// Where a step's time goes, by kernel: off unless something measures. Spans do not nest; a kernel that calls another one
/// is measured as a whole.
/// </summary>
internal static class KernelClock
{
    private static readonly Dictionary<string, (long Ticks, long Calls)> _spent = [];
    private static int _depth;

    /// <summary>True while something measures. Only one thread may compute then.</summary>
    public static bool IsOn { get; set; }

    /// <summary>Measures until the result is disposed.</summary>
    public static Span Measure(string kernel, bool backward = false) => IsOn ? new Span(backward ? $"{kernel}, backward" : kernel) : default;

    /// <summary>Seconds and calls of every kernel since the last call of this method.</summary>
    public static IReadOnlyDictionary<string, (double Seconds, long Calls)> Take()
    {
        Dictionary<string, (double, long)> taken = _spent.ToDictionary(
            pair => pair.Key, pair => ((double)pair.Value.Ticks / Stopwatch.Frequency, pair.Value.Calls));
        _spent.Clear();
        return taken;
    }

    /// <summary>One measured call.</summary>
    internal readonly ref struct Span
    {
        private readonly string? _kernel;
        private readonly long _start;

        public Span(string kernel)
        {
            if (_depth++ == 0)
                (_kernel, _start) = (kernel, Stopwatch.GetTimestamp());
            else
                _kernel = "";
        }

        public void Dispose()
        {
            if (_kernel is null)
                return;
            _depth--;
            if (_kernel.Length == 0)
                return;
            (long ticks, long calls) = _spent.GetValueOrDefault(_kernel);
            _spent[_kernel] = (ticks + Stopwatch.GetTimestamp() - _start, calls + 1);
        }
    }
}
