using static TorchSharp.torch;

namespace PeftSharp.Models.Blocks;

/// <summary>What all layers add to their attention scores because of where queries and keys stand (T5's relative positions).</summary>
internal interface IPositionBias
{
    /// <summary>The addend of the scaled scores.</summary>
    /// <param name="queries">The number of queries: the last ones of the keys.</param>
    /// <param name="keys">The number of keys, those in front among them.</param>
    /// <param name="untaken">How many of the keys in front take no position: the queries stand so much earlier.</param>
    /// <param name="pass">The active tuners.</param>
    /// <returns>(1 or batch, heads, queries, keys), in the disposal scope of the caller.</returns>
    Tensor Of(long queries, long keys, long untaken, Pass pass);
}
