namespace PeftSharp.Kernels;

/// <summary>Where the sequences of a batch lie when they stand one behind the other, without padding.</summary>
/// <param name="starts">The first row of each, and behind them the number of all rows.</param>
/// <param name="causal">True if a token sees no later one.</param>
internal sealed class Sequences(int[] starts, bool causal)
{
    /// <summary>How many there are.</summary>
    public int Count => starts.Length - 1;

    /// <summary>The rows of all together.</summary>
    public int Total => starts[^1];

    /// <summary>True if a token sees no later one.</summary>
    public bool IsCausal => causal;

    /// <summary>The rows of the longest.</summary>
    public int Longest { get; } = Enumerable.Range(0, starts.Length - 1).Max(i => starts[i + 1] - starts[i]);

    /// <summary>The first row of one.</summary>
    public int Start(int sequence) => starts[sequence];

    /// <summary>The rows of one.</summary>
    public int Length(int sequence) => starts[sequence + 1] - starts[sequence];
}
