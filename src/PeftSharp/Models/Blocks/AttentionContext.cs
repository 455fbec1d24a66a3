using PeftSharp.Kernels;
using static TorchSharp.torch;

namespace PeftSharp.Models.Blocks;

/// <summary>What every layer's attention needs to know of the batch, built once for the batch.</summary>
/// <param name="Masks">The additive mask of each layer; null where <paramref name="Sequences"/> says what belongs together.</param>
/// <param name="AttentionMask">The batch's own mask, (batch, length with the cached tokens), or null.</param>
/// <param name="Cos">Rotary cosines (1 or batch, 1, length, head width), or null.</param>
/// <param name="Sin">Rotary sines, or null.</param>
/// <param name="Cache">Keys and values of earlier tokens, or null.</param>
/// <param name="Virtual">The virtual tokens that begin here, or null.</param>
/// <param name="Sequences">The sequences of a batch without padding, or null.</param>
internal readonly record struct AttentionContext(
    LayerMasks? Masks, Tensor? AttentionMask = null, Tensor? Cos = null, Tensor? Sin = null, KeyValueCache? Cache = null,
    VirtualTokens? Virtual = null, Sequences? Sequences = null);
