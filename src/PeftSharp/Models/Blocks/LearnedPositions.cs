using PeftSharp.Kernels;
using PeftSharp.Models.Nodes;
using static TorchSharp.torch;

namespace PeftSharp.Models.Blocks;

/// <summary>A table with a row for each position of a sequence, added to the token embeddings.</summary>
/// <param name="Table">The table.</param>
internal sealed record LearnedPositions(Embedding Table)
{
    /// <summary>The row of the first position: 0 in BERT, 2 in OPT and BART, the one behind the padding's in RoBERTa.</summary>
    public long First { get; init; }

    /// <summary>The row that padding has to itself; null where padding counts on like a token.</summary>
    public long? OfPadding { get; init; }

    /// <summary>The id that is padding whatever the mask says (RoBERTa counts the other ids); null where the mask says it.</summary>
    public long? PaddingId { get; init; }

    /// <summary>The most positions that a sequence may have.</summary>
    public int Count => (int)(Table.Rows - First);

    /// <summary>The rows of the table, int64 (1 or batch, rows in front + length).</summary>
    /// <param name="input">The batch.</param>
    /// <param name="past">The tokens that a cache holds.</param>
    /// <param name="front">What stands in front of the tokens.</param>
    /// <param name="withRows">True where the rows in front begin here.</param>
    public Tensor Rows(ModelInput input, long past, FrontLayout front, bool withRows)
    {
        using var scope = NewDisposeScope();
        Tensor rows = PaddingId is { } id && input.PositionIds is null ? OfIds(id, input, past, front, withRows) : OfMask(input, past, front, withRows);
        return rows.MoveToOuterDisposeScope();
    }

    private Tensor OfMask(ModelInput input, long past, FrontLayout front, bool withRows)
    {
        long length = input.InputIds.shape[1];
        if (input.PositionIds is not null || OfPadding is not { } padding || input.AttentionMask is not { } mask)
            return Shifted(front.Positions(TokenPositions.Of(input, past), withRows));
        Tensor rows = Shifted(front.Positions(TokenPositions.Counted(mask, past, length), withRows));
        Tensor real = front.RowMask(mask, mask.shape[1])!;
        long count = rows.shape[1];
        return rows.Masked(real.narrow(1, real.shape[1] - count, count).EqualTo(0), padding);
    }

    /// <summary>Where embedded rows stand in front there are no ids for them, and transformers counts every place instead.</summary>
    private Tensor OfIds(long id, ModelInput input, long past, FrontLayout front, bool withRows)
    {
        Tensor ids = input.InputIds;
        long length = ids.shape[1];
        Tensor real = ids.NotEqualTo(id);
        // What the mask leaves out in front is no token either, whatever its id is: a row's result does not depend on it.
        if (TokenPositions.HasPaddingInFront(input.AttentionMask))
            real = real.logical_and(input.AttentionMask!.NotEqualTo(0).to(ScalarType.Int64).cumsum(1).NotEqualTo(0));
        Tensor counted = Shifted(front.Positions(TokenPositions.Counted(real, past, length), withRows: false)).Masked(real.logical_not(), OfPadding ?? id);
        if (front.Embedded == 0)
            return counted;
        Tensor every = Shifted(front.Positions(TokenPositions.Of(input.AttentionMask, past, length, ids.device), withRows));
        if (front.HaveRows is not { } have)
            return every;
        long rows = every.shape[1] - length;
        Tensor tokens = where(have, every.narrow(1, rows, length), counted);
        return cat([every.narrow(1, 0, rows).expand(tokens.shape[0], -1), tokens], 1);
    }

    private Tensor Shifted(Tensor positions) => First == 0 ? positions : positions.Plus(First);
}
