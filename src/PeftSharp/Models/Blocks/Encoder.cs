using PeftSharp.Kernels;
using PeftSharp.Models.Nodes;
using static TorchSharp.torch;

namespace PeftSharp.Models.Blocks;

/// <summary>The embeddings of an encoder: words + segments + positions, normalised.</summary>
internal sealed record EncoderEmbeddings(Embedding Words, Embedding Positions, Embedding Segments, LayerNorm Norm, StreamPoint End)
{
    /// <summary>(batch, length) ids → (batch, rows in front + length, hidden).</summary>
    public Tensor Forward(ModelInput input, Pass pass, double dropout, VirtualTokens? begun)
    {
        using var scope = NewDisposeScope();
        Tensor ids = input.InputIds;
        Tensor segments = input.TokenTypeIds ?? zeros_like(ids);
        Tensor positions = TokenPositions.Of(input.AttentionMask, 0, ids.shape[1], ids.device);
        Tensor words = Words.Forward(ids, pass);
        if (begun is not null)
        {
            words = begun.Prepend(words);
            segments = begun.PrependZeros(segments);
            positions = begun.Words.Positions(positions, withRows: true);
        }
        // HF's order of addition: (words + segments) + positions.
        Tensor sum = words.Plus(Segments.Forward(segments, pass)).Plus(Positions.Forward(positions, pass));
        Tensor embedded = pass.Dropout(Norm.Forward(sum, pass), dropout);
        Tensor? mask = begun is null ? input.AttentionMask : begun.Words.RowMask(input.AttentionMask, ids.shape[1]);
        Tensor ended = End.Forward(embedded, pass, mask, 0);
        return (begun is null ? ended : begun.Insert(ended)).MoveToOuterDisposeScope();
    }
}

/// <summary>The one encoder: embeddings, then layers in which every token sees every other, or itself and the earlier ones (BERT's <c>is_decoder</c>).</summary>
internal sealed class Encoder(EncoderEmbeddings embeddings, IReadOnlyList<EncoderLayer> layers, double dropout, bool causal) : IBackbone
{
    public int HiddenSize => (int)embeddings.Words.Width;

    public int MaxPositions => (int)embeddings.Positions.Rows;

    public long? TokenTypes => embeddings.Segments.Rows;

    public AttentionShape Attention => layers[0].Attention.Shape(layers.Count);

    public Embedding Words => embeddings.Words;

    public bool FinishesEmbeddings => true;

    public bool HasDropout => dropout > 0 || layers[0].Attention.Dropout > 0;

    public Tensor Forward(ModelInput input, Pass pass, KeyValueCache? cache = null, Action<Tensor>? hiddenStates = null, Tensor? read = null, LayerPart part = default)
    {
        if (cache is not null)
            throw new ArgumentException("An encoder has no key/value cache.", nameof(cache));
        using var scope = NewDisposeScope();
        VirtualTokens? begun = VirtualTokens.Of(input, pass, Words, layers.Count);
        FrontLayout front = begun?.Layout ?? FrontLayout.None;
        Tensor hidden = part.Input?.alias() ?? embeddings.Forward(input, pass, dropout, begun);
        hiddenStates?.Invoke(hidden.alias().DetachFromDisposeScope());
        long length = input.InputIds.shape[1];
        Tensor? rowMask = front.RowMask(input.AttentionMask, length);
        Unpadded? unpadded = hiddenStates is null ? Unpadded.Of(rowMask, read, hidden, Attention, pass, causal) : null;
        ReadPositions some = unpadded?.Read ?? new(pass.TreatsPositionsApart && hiddenStates is null ? read : null, hidden.shape);
        LayerMasks? masks = unpadded is null ? new(front, input.AttentionMask, length, hidden, causal) : null;
        AttentionContext context = new(masks, rowMask, Virtual: begun, Sequences: unpadded?.Sequences);
        if (unpadded is not null)
            hidden = unpadded.Replace(hidden);
        if (part.First == layers.Count)
            hidden = some.Pick(hidden);
        for (int layer = part.First; layer < (part.End ?? layers.Count); layer++)
        {
            Tensor next = Recomputation.Forward(layers[layer], hidden, context, layer, pass, layer == layers.Count - 1 ? some : ReadPositions.All);
            hidden.Dispose();
            hidden = next;
            hiddenStates?.Invoke(hidden.alias().DetachFromDisposeScope());
        }
        return (part.End is null ? some.Restore(hidden) : hidden).MoveToOuterDisposeScope();
    }

    public KeyValueCache? CreateCache(long batch, long capacity) => null;
}
