using PeftSharp.Kernels;
using PeftSharp.Models.Blocks;
using static TorchSharp.torch;

namespace PeftSharp.Models.Heads;

/// <summary>Hidden states (batch, rows in front + length, hidden), and which of them a head reads.</summary>
internal static class FrontRows
{
    /// <summary>Those of the tokens, (batch, length, hidden).</summary>
    public static Tensor OfTokens(this Tensor hidden, ModelInput input, Pass pass)
    {
        long length = (input.DecoderInputIds ?? input.InputIds).shape[1];
        long rows = hidden.shape[1] - length;
        if (rows == 0)
            return hidden.alias();
        if (!pass.Plans.Any(plan => plan.Virtual.FirstTokenLeads))
            return hidden.narrow(1, rows, length);
        using var scope = NewDisposeScope();
        Tensor first = hidden.Picked(pass, counts => counts.FirstTokenLeads ? rows - counts.Embedded : rows).unsqueeze(1);
        return cat([first, hidden.narrow(1, rows + 1, length - 1)], 1).MoveToOuterDisposeScope();
    }

    /// <summary>That of each row's first token, be it a virtual one, (batch, hidden).</summary>
    public static Tensor First(this Tensor hidden, ModelInput input, Pass pass)
    {
        long rows = hidden.shape[1] - input.InputIds.shape[1];
        // Rows with fewer virtual tokens are padded on the left.
        if (FirstTokens(input) is not { } tokens)
            return hidden.Picked(pass, counts => rows == 0 ? 0 : rows - counts.Embedded);
        using var scope = NewDisposeScope();
        // Where rows are padded on the left, a virtual token is still the first of all, but else it is the first token.
        long[] front = pass.Rows?.Each(plan => (long)plan.Virtual.Embedded) ?? [.. Enumerable.Repeat((long)pass.Plan.Virtual.Embedded, (int)hidden.shape[0])];
        Tensor own = tensor(front, device: hidden.device);
        Tensor place = where(own.EqualTo(0), tokens, own.neg()).Plus(rows);
        return hidden.At(place).MoveToOuterDisposeScope();
    }

    /// <summary>The place of each row's first token, int64 (batch); null where it is 0 for all.</summary>
    public static Tensor? FirstTokens(ModelInput input)
    {
        if (!TokenPositions.HasPaddingInFront(input.AttentionMask))
            return null;
        using Tensor real = input.AttentionMask!.NotEqualTo(0).to(ScalarType.Int64);
        return real.argmax(1);
    }

    /// <summary>
    /// Those of the tokens and of the one virtual token before them, with labels to match: that one has none, and the
    /// label of a row's first token counts only where a virtual token stands before it.
    /// </summary>
    public static (Tensor Hidden, Tensor Labels) WithOneBefore(this Tensor hidden, Tensor labels, Pass pass)
    {
        (long batch, long length) = (labels.shape[0], labels.shape[1]);
        if (hidden.shape[1] <= length)
            return (hidden, labels);
        Tensor read = hidden.narrow(1, hidden.shape[1] - length - 1, length + 1);
        Tensor none = ScalarMath.Repeated(CrossEntropy.Ignored, batch, labels.device).unsqueeze(1);
        if (pass.Rows is { } plans)
        {
            Tensor bare = tensor(plans.Each(plan => plan.Virtual.Embedded == 0), device: labels.device).unsqueeze(1);
            labels = cat([labels.narrow(1, 0, 1).Masked(bare, CrossEntropy.Ignored), labels.narrow(1, 1, length - 1)], 1);
        }
        return (read, cat([none, labels], 1));
    }

    /// <summary>That of one position of each row, which follows from the row's virtual tokens: (batch, hidden).</summary>
    private static Tensor Picked(this Tensor hidden, Pass pass, Func<VirtualCounts, long> position)
    {
        if (pass.Rows is not { } plans)
            return hidden.select(1, position(pass.Plan.Virtual));
        using var scope = NewDisposeScope();
        return hidden.At(tensor(plans.Each(plan => position(plan.Virtual)), device: hidden.device)).MoveToOuterDisposeScope();
    }

    /// <summary>That of the given place of each row, (batch, hidden).</summary>
    private static Tensor At(this Tensor hidden, Tensor places)
    {
        using var scope = NewDisposeScope();
        (long batch, long length) = (hidden.shape[0], hidden.shape[1]);
        Tensor picked = places.Plus(ScalarMath.Range(0, batch, hidden.device).Times(length));
        return hidden.reshape(batch * length, -1).index_select(0, picked).MoveToOuterDisposeScope();
    }
}
