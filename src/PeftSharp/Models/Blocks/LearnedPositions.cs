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
        Tensor ids = input.InputIds;
        long length = ids.shape[1];
        Tensor? mask = PaddingId is { } id ? ids.NotEqualTo(id) : input.AttentionMask;
        if (OfPadding is not { } padding || mask is null)
            return Shifted(front.Positions(TokenPositions.Of(mask, past, length, ids.device), withRows)).MoveToOuterDisposeScope();
        Tensor rows = Shifted(front.Positions(TokenPositions.Counted(mask, past, length), withRows));
        Tensor real = front.RowMask(mask, mask.shape[1])!;
        long count = rows.shape[1];
        return rows.Masked(real.narrow(1, real.shape[1] - count, count).EqualTo(0), padding).MoveToOuterDisposeScope();
    }

    private Tensor Shifted(Tensor positions) => First == 0 ? positions : positions.Plus(First);
}
