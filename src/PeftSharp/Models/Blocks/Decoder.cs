using PeftSharp.Models.Nodes;
using PeftSharp.Models.Rope;
using static TorchSharp.torch;

namespace PeftSharp.Models.Blocks;

/// <summary>The one decoder: token embeddings, layers in which a token sees itself and the earlier ones, a last norm.</summary>
internal sealed class Decoder(
    Embedding words, StreamPoint start, IReadOnlyList<DecoderLayer> layers, RmsNorm norm, RotaryTable rotary,
    int keyValueHeads, int headWidth) : IBackbone
{
    public int HiddenSize => (int)words.Width;

    public int MaxPositions => rotary.MaxPositions;

    public AttentionShape Attention => layers[0].Attention.Shape(layers.Count);

    public Embedding Words => words;

    public bool FinishesEmbeddings => false;

    public bool HasDropout => layers[0].Attention.Dropout > 0;

    public Tensor Forward(ModelInput input, Pass pass, KeyValueCache? cache = null, Action<Tensor>? hiddenStates = null, Tensor? read = null, LayerPart part = default)
    {
        using var scope = NewDisposeScope();
        // Virtual tokens begin a sequence; a cache that has begun holds them.
        VirtualTokens? begun = cache is { HasBegun: true } ? null : VirtualTokens.Of(input, pass, words, layers.Count);
        if (begun is not null)
            cache?.Begin(begun.Layout);
        FrontLayout front = begun?.Layout ?? cache?.Front ?? FrontLayout.None;
        long past = cache?.Length ?? 0;
        Tensor? rowMask = front.RowMask(input.AttentionMask, past + input.InputIds.shape[1]);
        Tensor hidden = part.Input?.alias() ?? Embed(input, pass, begun, rowMask, past);
        hiddenStates?.Invoke(hidden.alias().DetachFromDisposeScope());
        long length = input.InputIds.shape[1];
        Tensor positions = front.Positions(TokenPositions.Of(input.AttentionMask, past, length, hidden.device), withRows: begun is not null);
        Tensor? lengths = rotary.Lengths(positions, rowMask);
        Unpadded? unpadded = hiddenStates is null && cache is null ? Unpadded.Of(rowMask, read, hidden, Attention, pass, causal: true) : null;
        ReadPositions some = unpadded?.Read ?? new(pass.TreatsPositionsApart && hiddenStates is null ? read : null, hidden.shape);
        LayerMasks? masks = unpadded is null ? new(front, input.AttentionMask, past + length, hidden, causal: true) : null;
        if (unpadded is not null)
            (hidden, positions, lengths) = (unpadded.Replace(hidden), unpadded.Take(positions), lengths is null ? null : unpadded.Take(lengths));
        (Tensor cos, Tensor sin) = rotary.At(positions, lengths, hidden.dtype);
        AttentionContext context = new(masks, rowMask, cos.unsqueeze(1), sin.unsqueeze(1), cache, begun, unpadded?.Sequences);
        if (part.First == layers.Count)
            hidden = some.Pick(hidden);
        for (int layer = part.First; layer < (part.End ?? layers.Count); layer++)
        {
            Tensor next = Recomputation.Forward(layers[layer], hidden, context, layer, pass, layer == layers.Count - 1 ? some : ReadPositions.All);
            hidden.Dispose();
            hidden = next;
            if (layer < layers.Count - 1)
                hiddenStates?.Invoke(hidden.alias().DetachFromDisposeScope());
        }
        if (part.End is not null)
            return hidden.MoveToOuterDisposeScope();
        cache?.Advance(length);
        Tensor last = norm.Forward(hidden, pass);
        // As transformers does: the last hidden state is the normalised one.
        hiddenStates?.Invoke(last.alias().DetachFromDisposeScope());
        return some.Restore(last).MoveToOuterDisposeScope();
    }

    public KeyValueCache? CreateCache(long batch, long capacity) =>
        new(layers.Count, batch, keyValueHeads, capacity, headWidth, words.Weight.Value.dtype, words.Weight.Value.device);

    /// <summary>The input of the first layer.</summary>
    private Tensor Embed(ModelInput input, Pass pass, VirtualTokens? begun, Tensor? rowMask, long past)
    {
        Tensor embedded = words.Forward(input.InputIds, pass);
        return start.Forward(begun?.Prepend(embedded) ?? embedded, pass, rowMask, past);
    }
}
