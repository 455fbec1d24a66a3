using static TorchSharp.torch;

namespace PeftSharp.Models;

/// <summary>One batch of token ids, as Hugging Face models take it. The caller owns the tensors.</summary>
public sealed record ModelInput
{
    /// <summary>Token ids, int64 (batch, length).</summary>
    public required Tensor InputIds { get; init; }

    /// <summary>1 for a real token and 0 for padding, int64 (batch, length); null means that nothing is padding.</summary>
    public Tensor? AttentionMask { get; init; }

    /// <summary>Segment ids, int64 (batch, length), for models that have them; null means all 0.</summary>
    public Tensor? TokenTypeIds { get; init; }

    /// <summary>What the decoder of an encoder-decoder reads, int64 (batch, target length); null to make it of the labels.</summary>
    public Tensor? DecoderInputIds { get; init; }

    /// <summary>1 for a real token of <see cref="DecoderInputIds"/> and 0 for padding, int64 (batch, target length); null means that the mask of earlier tokens is enough.</summary>
    public Tensor? DecoderAttentionMask { get; init; }

    /// <summary>
    /// Where the tokens stand in their sequences, int64 (batch, length); null, as a rule, counts them from 0 on, whatever padding
    /// stands in front.
    /// </summary>
    public Tensor? PositionIds { get; init; }

    /// <summary>The task of each row, int64 (batch), for adapters that share a prompt among tasks; null means task 0 of one.</summary>
    public Tensor? TaskIds { get; init; }
}
