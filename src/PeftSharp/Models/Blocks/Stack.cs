using PeftSharp.Models.Nodes;
using PeftSharp.Models.Rope;
using static TorchSharp.torch;

namespace PeftSharp.Models.Blocks;

/// <summary>
/// The one stack of layers, whatever the family: embeddings, layers, a last norm where there is one. A decoder is a stack
/// in which a token sees itself and the earlier ones, an encoder one in which every token sees every other.
/// </summary>
/// <param name="embeddings">What the first layer reads.</param>
/// <param name="layers">The layers.</param>
/// <param name="isCausal">True if a token sees no later one.</param>
internal sealed class Stack(InputEmbeddings embeddings, IReadOnlyList<Layer> layers, bool isCausal) : IBackbone
{
    private readonly int?[] _windows = [.. layers.Select(layer => layer.Attention.Window)];

    public int HiddenSize => (int)embeddings.End.Width;

    public required int MaxPositions { get; init; }

    /// <summary>The norm behind the last layer (pre-norm families), or null.</summary>
    public INorm? Norm { get; init; }

    /// <summary>The turns of queries and keys by position, or null.</summary>
    public RotaryTable? Rotary { get; init; }

    /// <summary>What positions add to the scores of every layer, or null.</summary>
    public IPositionBias? PositionBias { get; init; }

    /// <summary>True where padding looks nowhere (DeBERTa): no result but its own depends on it.</summary>
    public bool BlindPadding { get; init; }

    /// <summary>The probability with which values behind the last norm are dropped in training (T5).</summary>
    public double Dropout { get; init; }

    /// <summary>Which attentions of the model its layers have; null where it is the whole model.</summary>
    public AttentionRange? Range { get; init; }

    /// <summary>Which its cross attentions are, where it is a decoder over an encoder; null where it has none.</summary>
    public AttentionRange? CrossRange { get; init; }

    /// <summary>True where keys and values are kept from one token to the next.</summary>
    public required bool KeepsKeys { get; init; }

    /// <summary>The product behind the last norm, back to the width of the token embeddings (OPT), or null.</summary>
    public Linear? Projection { get; init; }

    public long? TokenTypes => embeddings.Segments?.Rows;

    public IReadOnlyList<string> AttentionPaths { get; } = [.. layers.Select(layer => layer.Attention.Path), .. layers.Where(layer => layer.Cross is not null).Select(layer => layer.Cross!.Value.Attention.Path)];

    public bool TypesAreWords => embeddings.TypesAreWords;

    public AttentionShape Attention => layers[0].Attention.Shape(layers.Count);

    public Embedding Words => embeddings.Words;

    public bool FinishesEmbeddings => embeddings.Finishes;

    public bool HasDropout => embeddings.Dropout > 0 || layers[0].HasDropout;

    private AttentionRange Own => Range ?? new(0, layers.Count, TakesRows: true);

    public Tensor Forward(ModelInput input, Pass pass, KeyValueCache? cache = null, Action<Tensor>? hiddenStates = null, Tensor? read = null, LayerPart part = default) =>
        Forward(input, pass, null, cache, hiddenStates, read, part);

    /// <summary>The mask of the stack's rows, those in front among them, (batch, rows); null where nothing is padding. In the disposal scope of the caller.</summary>
    public Tensor? RowMask(ModelInput input, Pass pass) =>
        FrontLayout.Of(pass, input.InputIds.device, Own).RowMask(input.AttentionMask, input.InputIds.shape[1]);

    /// <summary>The same for a decoder over an encoder.</summary>
    /// <param name="input">The decoder's side of the batch.</param>
    /// <param name="pass">The active tuners.</param>
    /// <param name="encoded">The encoder's output; null where the cache has what is made of it.</param>
    /// <param name="cache">As for one stack.</param>
    /// <param name="hiddenStates">As for one stack.</param>
    /// <param name="read">As for one stack.</param>
    /// <param name="part">As for one stack.</param>
    public Tensor Forward(ModelInput input, Pass pass, EncoderOutput? encoded, KeyValueCache? cache, Action<Tensor>? hiddenStates, Tensor? read, LayerPart part)
    {
        if (cache is not null && !KeepsKeys)
            throw new ArgumentException("This model has no key/value cache.", nameof(cache));
        using var scope = NewDisposeScope();
        // Virtual tokens begin a sequence; a cache that has begun holds them.
        VirtualTokens? begun = cache is { HasBegun: true } ? null : VirtualTokens.Of(input, pass, Words, Own);
        if (begun is not null)
            cache?.Begin(begun.Layout);
        FrontLayout front = begun?.Layout ?? cache?.Front ?? FrontLayout.None;
        (long past, long length) = (cache?.Length ?? 0, input.InputIds.shape[1]);
        Tensor hidden = part.Input?.alias() ?? embeddings.Forward(input, pass, begun, front, past);
        hiddenStates?.Invoke(hidden.alias().DetachFromDisposeScope());

        Tensor? rowMask = front.RowMask(input.AttentionMask, past + length);
        Unpadded? unpadded = hiddenStates is null && cache is null && AllowsUnpadded(hidden.shape[1])
            ? Unpadded.Of(rowMask, read, hidden, Attention, pass, isCausal)
            : null;
        ReadPositions some = unpadded?.Read ?? new(pass.TreatsPositionsApart && hiddenStates is null ? read : null, hidden.shape);
        LayerMasks? masks = unpadded is null
            ? new(front, _windows, input.AttentionMask, past + length, hidden.shape[1], hidden, isCausal, PositionBias is null ? null : (queries, keys, untaken) => PositionBias.Of(queries, keys, untaken, pass), BlindPadding)
            : null;
        AttentionContext context = new(masks, rowMask, Cache: cache, Virtual: begun, Sequences: unpadded?.Sequences, Cross: CrossRange is null ? null : Cross(input, pass, encoded, cache, hidden));
        // Padding between the rows in front and the text is no distance.
        if (layers[0].Attention.Bias is not null && front.Embedded > 0 && TokenPositions.HasPaddingInFront(input.AttentionMask))
            context = context with { Places = Positions() };
        if (Rotary is not null)
        {
            Tensor positions = Positions();
            Tensor? lengths = Rotary.Lengths(positions, rowMask);
            if (unpadded is not null)
                (positions, lengths) = (unpadded.Take(positions), lengths is null ? null : unpadded.Take(lengths));
            (Tensor cos, Tensor sin) = Rotary.At(positions, lengths, hidden.dtype);
            context = context with { Cos = cos.unsqueeze(1), Sin = sin.unsqueeze(1) };
        }
        if (unpadded is not null)
            hidden = unpadded.Replace(hidden);
        if (part.First == layers.Count)
            hidden = some.Pick(hidden);
        for (int layer = part.First; layer < (part.End ?? layers.Count); layer++)
        {
            bool isLast = layer == layers.Count - 1;
            Tensor next = Recomputation.Forward(layers[layer], hidden, context, layer, pass, isLast ? some : ReadPositions.All);
            hidden.Dispose();
            hidden = next;
            // As transformers does: the last hidden state is the normalised one.
            if (!isLast || !HasEnd)
                hiddenStates?.Invoke(hidden.alias().DetachFromDisposeScope());
        }
        if (part.End is not null)
            return hidden.MoveToOuterDisposeScope();
        cache?.Advance(length);
        if (Norm is not null)
            hidden = pass.Dropout(Norm.Forward(hidden, pass), Dropout);
        if (Projection is not null)
            hidden = Projection.Forward(hidden, pass);
        if (HasEnd)
            hiddenStates?.Invoke(hidden.alias().DetachFromDisposeScope());
        return some.Restore(hidden).MoveToOuterDisposeScope();

        Tensor Positions() => front.Positions(TokenPositions.Of(input, past), withRows: begun is not null);
    }

    public KeyValueCache? CreateCache(long batch, long capacity) => KeepsKeys
        ? new(layers.Count, batch, Attention.KeyValueHeads, capacity, Attention.HeadWidth, Words.Weight.Value.dtype, Words.Weight.Value.device)
        : null;

    private CrossContext Cross(ModelInput input, Pass pass, EncoderOutput? encoded, KeyValueCache? cache, Tensor hidden)
    {
        if (encoded is null)
            return new(null, cache!.CrossMasks!, null);
        VirtualTokens? begun = VirtualTokens.Of(input, pass, Words, CrossRange!.Value);
        LayerMasks masks = new(begun?.Layout ?? FrontLayout.None, new int?[layers.Count], encoded.Mask, encoded.States.shape[1], queries: 1, hidden, causal: false);
        cache?.KeepCrossMasks(masks);
        return new(encoded.States, masks, begun);
    }

    /// <summary>True where something stands behind the last layer.</summary>
    private bool HasEnd => Norm is not null || Projection is not null;

    /// <summary>True where places within a sequence of that length alone say who sees whom.</summary>
    private bool AllowsUnpadded(long length) =>
        PositionBias is null && CrossRange is null && layers.All(layer => layer.Attention.AllowsUnpadded && !(layer.Attention.Window < length));
}
