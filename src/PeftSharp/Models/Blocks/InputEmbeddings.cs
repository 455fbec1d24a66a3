using PeftSharp.Kernels;
using PeftSharp.Models.Nodes;
using static TorchSharp.torch;

namespace PeftSharp.Models.Blocks;

/// <summary>
/// What the first layer reads: the embeddings of the tokens, with what a family adds to them. Virtual tokens stand in
/// front, as far as they begin here.
/// </summary>
/// <param name="Words">The token embedding.</param>
/// <param name="End">The point of the residual stream behind all of it.</param>
internal sealed record InputEmbeddings(Embedding Words, StreamPoint End)
{
    /// <summary>What the token embeddings are multiplied with (Gemma, BART); virtual tokens are not.</summary>
    public double Scale { get; init; } = 1;

    /// <summary>The product that brings token embeddings, virtual ones too, to the width of the layers before all else (OPT), or null.</summary>
    public Linear? WordProjection { get; init; }

    /// <summary>The table of positions that is added, or null.</summary>
    public LearnedPositions? Positions { get; init; }

    /// <summary>Which text of a pair a token belongs to, or null.</summary>
    public Embedding? Segments { get; init; }

    /// <summary>True where token types, if a batch has any, are looked up among the words and added (GPT-2).</summary>
    public bool TypesAreWords { get; init; }

    /// <summary>The norm of the sum, or null.</summary>
    public INorm? Norm { get; init; }

    /// <summary>The probability with which values are dropped in training.</summary>
    public double Dropout { get; init; }

    /// <summary>The product that brings the embeddings to the width of the layers, behind all else (ELECTRA), or null.</summary>
    public Linear? Projection { get; init; }

    /// <summary>True where that product stands before the norm (DeBERTa).</summary>
    public bool ProjectsFirst { get; init; }

    /// <summary>True where the embeddings of padding are 0 (DeBERTa).</summary>
    public bool ZerosPadding { get; init; }

    /// <inheritdoc cref="IBackbone.FinishesEmbeddings"/>
    public bool Finishes => Positions is not null || Norm is not null;

    /// <summary>(batch, length) ids → (batch, rows in front + length, hidden).</summary>
    /// <param name="input">The batch.</param>
    /// <param name="pass">The active tuners.</param>
    /// <param name="begun">The virtual tokens that begin here, or null.</param>
    /// <param name="front">Those that stand in front: these, or those of a cache.</param>
    /// <param name="past">The tokens that a cache holds.</param>
    public Tensor Forward(ModelInput input, Pass pass, VirtualTokens? begun, FrontLayout front, long past)
    {
        using var scope = NewDisposeScope();
        Tensor ids = input.InputIds;
        Tensor sum = Words.Forward(ids, pass);
        if (Scale != 1)
            sum = sum.Times(Scale);
        sum = begun?.Prepend(sum) ?? sum;
        if (WordProjection is not null)
            sum = WordProjection.Forward(sum, pass);
        // HF's order of addition: (words + segments) + positions.
        if (Segments is not null)
        {
            Tensor segments = input.TokenTypeIds ?? zeros_like(ids);
            sum = sum.Plus(Segments.Forward(begun?.PrependZeros(segments) ?? segments, pass));
        }
        FrontLayout words = begun?.Words ?? front;
        if (Positions is not null)
            sum = sum.Plus(Positions.Table.Forward(Positions.Rows(input, past, words, withRows: begun is not null), pass));
        // As in peft: with virtual tokens the types are dropped.
        if (TypesAreWords && begun is null && input.TokenTypeIds is { } types)
            sum = sum.Plus(Words.Forward(types, pass));
        Tensor? rowMask = words.RowMask(input.AttentionMask, past + ids.shape[1]);
        if (ProjectsFirst && Projection is not null)
            sum = Projection.Forward(sum, pass);
        sum = Norm?.Forward(sum, pass) ?? sum;
        if (ZerosPadding && rowMask is not null)
            sum = sum.mul(rowMask.NotEqualTo(0).to(sum.dtype).unsqueeze(-1));
        Tensor embedded = pass.Dropout(sum, Dropout);
        if (!ProjectsFirst && Projection is not null)
            embedded = Projection.Forward(embedded, pass);
        Tensor ended = End.Forward(embedded, pass, rowMask, past);
        return (begun?.Insert(ended) ?? ended).MoveToOuterDisposeScope();
    }
}
