using static TorchSharp.torch;

namespace PeftSharp.Models.Blocks;

/// <summary>What a layer adds to its attention scores that depends on its own queries and keys (disentangled attention).</summary>
internal interface IScoreBias
{
    /// <summary>The addend of the scaled scores.</summary>
    /// <param name="q">(batch, heads, T, width).</param>
    /// <param name="k">(batch, heads, S, width); the queries are the last ones of the keys.</param>
    /// <param name="places">Where the queries stand, int64 (batch, T); null where they stand one behind the other.</param>
    /// <param name="pass">The active tuners.</param>
    /// <returns>(batch, heads, T, S), in the disposal scope of the caller.</returns>
    Tensor Of(Tensor q, Tensor k, Tensor? places, Pass pass);
}
