using static TorchSharp.torch;

namespace PeftSharp.Models.Slots;

/// <summary>
/// A trainable piece of the embedding slot that puts rows in front of the embeddings of a sequence's tokens. Every layer
/// treats them as tokens: they attend and are attended to.
/// </summary>
public interface IFrontTuner
{
    /// <summary>How many rows it puts in front.</summary>
    int Count { get; }

    /// <summary>Where they stand; a decoder has the first of these places only.</summary>
    FrontPlace Place => FrontPlace.TokenEmbeddings;

    /// <summary>The rows; asked for once a forward call, and once a generation.</summary>
    /// <param name="call">What the rows may depend on.</param>
    /// <returns>(count, width), or (batch, count, width) where they differ by row of the batch; the caller owns it.</returns>
    Tensor Rows(FrontCall call);
}

/// <summary>What rows in front of a sequence may depend on.</summary>
/// <param name="Pass">The pass being computed.</param>
/// <param name="TaskIds">The task of each row, int64 (batch), or null.</param>
public readonly record struct FrontCall(Pass Pass, Tensor? TaskIds);
