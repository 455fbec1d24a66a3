using PeftSharp.Models.Nodes;
using static TorchSharp.torch;

namespace PeftSharp.Models.Blocks;

/// <summary>Two stacks: an encoder reads the text, a decoder writes another one and looks at what the encoder made of the first (T5, BART).</summary>
/// <param name="encoder">The encoder.</param>
/// <param name="decoder">The decoder; its layers have cross attentions.</param>
/// <param name="start">How the decoder's text begins.</param>
internal sealed class EncoderDecoder(Stack encoder, Stack decoder, DecoderStart start) : IBackbone
{
    public int HiddenSize => decoder.HiddenSize;

    public int MaxPositions => encoder.MaxPositions;

    public DecoderStart? Start => start;

    public Stack? Decoder => decoder;

    public IReadOnlyList<string> AttentionPaths { get; } = [.. encoder.AttentionPaths, .. decoder.AttentionPaths];

    /// <summary>That of the encoder.</summary>
    public AttentionShape Attention => encoder.Attention;

    public Embedding Words => encoder.Words;

    public bool FinishesEmbeddings => encoder.FinishesEmbeddings;

    public bool HasDropout => encoder.HasDropout || decoder.HasDropout;

    public Tensor Forward(ModelInput input, Pass pass, KeyValueCache? cache = null, Action<Tensor>? hiddenStates = null, Tensor? read = null, LayerPart part = default)
    {
        using var scope = NewDisposeScope();
        EncoderOutput? encoded = cache is { HasBegun: true } ? null : new(encoder.Forward(input, pass), encoder.RowMask(input, pass));
        ModelInput written = new()
        {
            InputIds = input.DecoderInputIds ?? throw new PeftException("An encoder-decoder needs decoder_input_ids, or labels to make them of, and the batch has neither."),
            AttentionMask = input.DecoderAttentionMask,
            TaskIds = input.TaskIds,
        };
        return decoder.Forward(written, pass, encoded, cache, hiddenStates, read, default).MoveToOuterDisposeScope();
    }

    public KeyValueCache? CreateCache(long batch, long capacity) => decoder.CreateCache(batch, capacity);
}
