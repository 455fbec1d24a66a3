using System.Diagnostics;

namespace PeftSharp.Kernels;

/// <summary>
/// Where a step's time goes, by kernel, on the thread that takes it: off unless something measures. Spans do not nest; a
/// kernel that calls another one is measured as a whole.
/// </summary>
internal static class KernelClock
{
    [ThreadStatic]
    private static Dictionary<string, (long Ticks, long Calls)>? _spent;

    [ThreadStatic]
    private static int _depth;

    [ThreadStatic]
    private static double _operations;

    /// <summary>True while this thread's kernels are measured.</summary>
    [field: ThreadStatic]
    public static bool IsOn { get; set; }

    /// <summary>True while a graph is built that no backward will run through.</summary>
    [field: ThreadStatic]
    public static bool GraphIsDropped { get; set; }

    /// <summary>Measures until the result is disposed.</summary>
    public static Span Measure(string kernel, bool backward = false) => IsOn ? new Span(backward ? $"{kernel}, backward" : kernel) : default;

    /// <summary>Counts the operations of a product with a frozen weight: its own, and as many again for its backward.</summary>
    /// <param name="inputs">The number of input values.</param>
    /// <param name="outputs">The width of the output.</param>
    /// <param name="backward">Whether a backward will follow.</param>
    public static void CountProduct(long inputs, long outputs, bool backward)
    {
        if (IsOn)
            _operations += 2.0 * inputs * outputs * (backward && !GraphIsDropped ? 2 : 1);
    }

    /// <summary>What was measured on this thread since the last call of this method.</summary>
    public static Totals Take()
    {
        Totals taken = new(
            (_spent ?? []).ToDictionary(pair => pair.Key, pair => ((double)pair.Value.Ticks / Stopwatch.Frequency, pair.Value.Calls)), _operations);
        (_spent, _operations) = (null, 0);
        return taken;
    }

    /// <summary>Adds what another thread measured for this one.</summary>
    /// <param name="other">From its <see cref="Take"/>.</param>
    /// <param name="share">What a second there is worth here: threads that run side by side share the time.</param>
    public static void Add(Totals other, double share)
    {
        _spent ??= [];
        foreach ((string kernel, (double seconds, long calls)) in other.Kernels)
        {
            (long ticks, long before) = _spent.GetValueOrDefault(kernel);
            _spent[kernel] = (ticks + (long)(seconds * share * Stopwatch.Frequency), before + calls);
        }
        _operations += other.FrozenOperations;
    }

    /// <summary>Seconds and calls of every kernel, and the operations of the frozen products.</summary>
    internal sealed record Totals(IReadOnlyDictionary<string, (double Seconds, long Calls)> Kernels, double FrozenOperations);

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
            _spent ??= [];
            (long ticks, long calls) = _spent.GetValueOrDefault(_kernel);
            _spent[_kernel] = (ticks + Stopwatch.GetTimestamp() - _start, calls + 1);
        }
    }
}
