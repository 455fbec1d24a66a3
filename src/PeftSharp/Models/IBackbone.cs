using PeftSharp.Models.Blocks;
using PeftSharp.Models.Nodes;
using static TorchSharp.torch;

namespace PeftSharp.Models;

/// <summary>A stack of layers from token ids to hidden states: what a family builds.</summary>
internal interface IBackbone
{
    /// <summary>The hidden width.</summary>
    int HiddenSize { get; }

    /// <summary>The most positions a sequence may have.</summary>
    int MaxPositions { get; }

    /// <summary>How many segments the texts of a row may be told apart by; null where the family has none and takes no notice of them.</summary>
    long? TokenTypes => null;

    /// <summary>How the decoder of an encoder-decoder begins; null for one stack.</summary>
    DecoderStart? Start => null;

    /// <summary>The decoder of an encoder-decoder; null for one stack.</summary>
    Stack? Decoder => null;

    /// <summary>The paths of its attentions, in the order of <see cref="AttentionRange"/>.</summary>
    IReadOnlyList<string> AttentionPaths { get; }

    /// <summary>True where token types, if a batch has any, are ids of the vocabulary and add their embeddings (GPT-2).</summary>
    bool TypesAreWords => false;

    /// <summary>The heads of its layers.</summary>
    AttentionShape Attention { get; }

    /// <summary>The token embedding.</summary>
    Embedding Words { get; }

    /// <summary>
    /// True where positions and a norm finish the embeddings before the first layer, so that rows can be put beside them that
    /// have neither (<see cref="Slots.FrontPlace.Finished"/>).
    /// </summary>
    bool FinishesEmbeddings { get; }

    /// <summary>True where a training pass drops values in the embeddings or a layer, whatever the tuners are.</summary>
    bool HasDropout { get; }

    /// <summary>
    /// The last hidden states, (batch, rows in front + length, hidden), normalised as the family does. Rows in front are
    /// those of the pass's front tuners; a call that continues a cache has none.
    /// </summary>
    /// <param name="input">The batch.</param>
    /// <param name="pass">The active tuners.</param>
    /// <param name="cache">Keys and values of earlier tokens; only decoders take one.</param>
    /// <param name="hiddenStates">Called, if given, with the embedding output and the output of each layer; the callee owns what it gets.</param>
    /// <param name="read">
    /// The positions that will be read (<see cref="Heads.ITaskHead.Reads"/>), or null for all. Where the pass allows it, the
    /// others are left 0.
    /// </param>
    /// <param name="part">Which layers are run; only all of them with a cache or with rows in front.</param>
    Tensor Forward(ModelInput input, Pass pass, KeyValueCache? cache = null, Action<Tensor>? hiddenStates = null, Tensor? read = null, LayerPart part = default);

    /// <summary>An empty cache, or null for a backbone that does not decode.</summary>
    KeyValueCache? CreateCache(long batch, long capacity);
}
