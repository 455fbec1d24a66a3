namespace PeftSharp.Data;

/// <summary>The side on which short rows are padded.</summary>
public enum PaddingSide
{
    /// <summary>Tokens first; the usual side for training and for encoders.</summary>
    Right,

    /// <summary>Padding first; what generation with a decoder needs.</summary>
    Left,
}

/// <summary>Puts examples into one rectangle, padded to the longest of them.</summary>
/// <example><code>
/// Collator collator = new(tokenizer.PadId);
/// PaddedBatch batch = new();
/// for (int i = 0; i &lt; plan.Count; i++)
///     collator.Collate(examples, plan[i], batch);
/// </code></example>
public sealed class Collator
{
    /// <summary>The label that losses ignore, as PyTorch's <c>ignore_index</c>.</summary>
    public const int IgnoredLabel = -100;

    private readonly int _padId;
    private readonly int _multiple;
    private readonly PaddingSide _side;

    /// <summary>A collator for one tokenizer.</summary>
    /// <param name="padId">The token id of padding.</param>
    /// <param name="padToMultipleOf">Round the width up to a multiple of this, e.g. 8 for kernels that like it.</param>
    /// <param name="side">Where padding goes.</param>
    /// <exception cref="ArgumentOutOfRangeException">The pad id is negative, or the multiple is not positive.</exception>
    public Collator(int padId, int padToMultipleOf = 1, PaddingSide side = PaddingSide.Right)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(padId);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(padToMultipleOf);
        (_padId, _multiple, _side) = (padId, padToMultipleOf, side);
    }

    /// <summary>Fills <paramref name="into"/> with the examples at <paramref name="indices"/>.</summary>
    /// <exception cref="ArgumentException">
    /// There are no indices; an example has no tokens; its segments or token labels are not as many as its tokens; a span
    /// lies outside it; or the examples have labels of different kinds.
    /// </exception>
    public void Collate(IReadOnlyList<EncodedExample> examples, ReadOnlySpan<int> indices, PaddedBatch into)
    {
        if (indices.IsEmpty)
            throw new ArgumentException("A batch needs at least one example.", nameof(indices));
        ExampleLabel? kind = examples[indices[0]].Label;
        int width = 0, tokens = 0, written = 0;
        bool hasTypes = false;
        foreach (int index in indices)
        {
            EncodedExample example = examples[index];
            Check(example, index, kind);
            width = Math.Max(width, example.Length);
            tokens += example.Length;
            hasTypes |= example.TypeIds is not null;
            written = Math.Max(written, (example.Label as ExampleLabel.Text)?.Ids.Length ?? 0);
        }

        width = checked((width + _multiple - 1) / _multiple * _multiple);
        into.Shape(indices.Length, width, written, tokens, hasTypes, kind);
        for (int row = 0; row < indices.Length; row++)
            Fill(examples[indices[row]], row, into);
    }

    private void Fill(EncodedExample example, int row, PaddedBatch into)
    {
        int padding = into.Width - example.Length;
        int first = _side == PaddingSide.Left ? padding : 0;
        Range whole = (row * into.Width)..((row + 1) * into.Width);
        Put(example.InputIds, first, _padId, into.InputIds.Span[whole]);
        Put(example.TypeIds, first, 0, into.TypeIds.Span[whole]);
        Span<long> mask = into.AttentionMask.Span[whole];
        mask.Clear();
        mask.Slice(first, example.Length).Fill(1);
        switch (example.Label)
        {
            case ExampleLabel.Class label:
                into.Labels.Span[row] = label.Id;
                break;
            case ExampleLabel.Value label:
                into.Values.Span[row] = label.Number;
                break;
            case ExampleLabel.Flags label:
                Span<float> flags = into.Values.Span.Slice(row * into.LabelCount, into.LabelCount);
                for (int i = 0; i < flags.Length; i++)
                    flags[i] = label.Holds[i] ? 1 : 0;
                break;
            case ExampleLabel.Tokens label:
                Put(label.Ids, first, IgnoredLabel, into.Labels.Span[whole]);
                break;
            case ExampleLabel.Text label:
                Put(label.Ids, 0, IgnoredLabel, into.Labels.Span.Slice(row * into.LabelWidth, into.LabelWidth));
                break;
            case ExampleLabel.Span label:
                into.Labels.Span[row] = label.Start + first;
                into.SpanEnds.Span[row] = label.End + first;
                break;
        }
    }

    private static void Put(int[]? values, int first, int padding, Span<long> row)
    {
        values ??= [];
        row[..first].Fill(padding);
        Span<long> target = row[first..];
        for (int i = 0; i < values.Length; i++)
            target[i] = values[i];
        target[values.Length..].Fill(padding);
    }

    private static void Check(EncodedExample example, int index, ExampleLabel? kind)
    {
        if (example.Length == 0)
            throw new ArgumentException($"Example {index} has no tokens.");
        if (example.TypeIds is { } types && types.Length != example.Length)
            throw new ArgumentException($"Example {index} has {example.Length} tokens and {types.Length} type ids.");
        if (example.Label?.GetType() != kind?.GetType())
            throw new ArgumentException($"Example {index} has {Describe(example.Label)}, others of its batch have {Describe(kind)}.");
        if (example.Label is ExampleLabel.Flags flags && kind is ExampleLabel.Flags first && flags.Holds.Length != first.Holds.Length)
            throw new ArgumentException($"Example {index} says of {flags.Holds.Length} labels whether they hold, others of its batch of {first.Holds.Length}.");
        if (example.Label is ExampleLabel.Tokens labels && labels.Ids.Length != example.Length)
            throw new ArgumentException($"Example {index} has {example.Length} tokens and {labels.Ids.Length} token labels.");
        if (example.Label is ExampleLabel.Text { Ids.Length: 0 })
            throw new ArgumentException($"Example {index} has a text to write of no tokens.");
        if (example.Label is ExampleLabel.Span span && (span.Start < 0 || span.End < span.Start || span.End >= example.Length))
            throw new ArgumentException($"Example {index} has {example.Length} tokens and an answer on tokens {span.Start} to {span.End}.");
    }

    private static string Describe(ExampleLabel? label) => label switch
    {
        null => "no label",
        ExampleLabel.Class => "a class",
        ExampleLabel.Value => "a number",
        ExampleLabel.Flags => "a set of labels",
        ExampleLabel.Tokens => "token labels",
        ExampleLabel.Text => "a text to write",
        _ => "a span",
    };
}
