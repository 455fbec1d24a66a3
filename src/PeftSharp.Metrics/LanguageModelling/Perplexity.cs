namespace PeftSharp.Metrics;

/// <summary>Perplexity and accuracy of a language model, counted row after row from logits or from sums of the loss.</summary>
public sealed class Perplexity
{
    /// <summary>The label of a token that does not count.</summary>
    public const int IgnoredLabel = -100;

    private double _rowPerplexities;
    private long _rows, _right;

    /// <summary>The sum of −ln p of the counted tokens, in nats.</summary>
    public double NllSum { get; private set; }

    /// <summary>The number of counted tokens.</summary>
    public long Tokens { get; private set; }

    /// <summary>The mean of −ln p over the tokens; NaN without tokens.</summary>
    public double MeanNll => NllSum / Tokens;

    /// <summary>e to the <see cref="MeanNll"/>: every token weighs the same.</summary>
    public double Value => Math.Exp(MeanNll);

    /// <summary>The mean of the perplexities of the rows: every row weighs the same. Rows without counted tokens are left out.</summary>
    public double MeanOfRows => _rowPerplexities / _rows;

    /// <summary><see cref="MeanNll"/> in bits.</summary>
    public double BitsPerToken => MeanNll / Math.Log(2);

    /// <summary>Tokens to which the model gave the highest logit, among the counted.</summary>
    public double TokenAccuracy => _right / (double)Tokens;

    /// <summary>Adds a row whose loss was computed elsewhere.</summary>
    /// <param name="nllSum">The sum (not the mean) of −ln p over its counted tokens.</param>
    /// <param name="tokens">How many those are.</param>
    /// <param name="right">How many of them had the highest logit.</param>
    /// <exception cref="ArgumentOutOfRangeException">A count is negative or more are right than counted.</exception>
    public void Add(double nllSum, long tokens, long right = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(tokens);
        ArgumentOutOfRangeException.ThrowIfNegative(right);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(right, tokens);
        if (tokens == 0)
            return;
        NllSum += nllSum;
        Tokens += tokens;
        _right += right;
        _rowPerplexities += Math.Exp(nllSum / tokens);
        _rows++;
    }

    /// <summary>Adds a row from its logits; the logits at position i predict the label at i + 1.</summary>
    /// <param name="logits">[positions, vocabulary], row-major.</param>
    /// <param name="labels">[positions]; −100 where the token does not count.</param>
    /// <exception cref="ArgumentException">The logits are not as many as labels times vocabulary, or a label is not in it.</exception>
    public void Add(ReadOnlySpan<float> logits, ReadOnlySpan<int> labels)
    {
        if (labels.IsEmpty)
            return;
        int vocabulary = logits.Length / labels.Length;
        if (vocabulary == 0 || vocabulary * labels.Length != logits.Length)
            throw new ArgumentException($"{logits.Length} logits for {labels.Length} labels.", nameof(logits));
        double nll = 0;
        long tokens = 0, right = 0;
        for (int i = 1; i < labels.Length; i++)
        {
            int label = labels[i];
            if (label == IgnoredLabel)
                continue;
            if ((uint)label >= (uint)vocabulary)
                throw new ArgumentException($"Label {i} is {label}, outside of the vocabulary of {vocabulary}.", nameof(labels));
            ReadOnlySpan<float> position = logits.Slice((i - 1) * vocabulary, vocabulary);
            int best = IndexOfMax(position);
            nll += LogSumExp(position, position[best]) - position[label];
            right += best == label ? 1 : 0;
            tokens++;
        }

        Add(nll, tokens, right);
    }

    private static int IndexOfMax(ReadOnlySpan<float> values)
    {
        int best = 0;
        for (int i = 1; i < values.Length; i++)
            if (values[i] > values[best])
                best = i;
        return best;
    }

    private static double LogSumExp(ReadOnlySpan<float> values, double max)
    {
        double sum = 0;
        foreach (float value in values)
            sum += Math.Exp(value - max);
        return max + Math.Log(sum);
    }
}
