using static TorchSharp.torch;

namespace PeftSharp.Models.Slots;

/// <summary>A trainable piece that wraps a frozen linear product like middleware.</summary>
public interface ILinearTuner
{
    /// <summary>
    /// False for a tuner whose result at one position depends on the others: it must be given all of them. The rest may be
    /// given only the positions that are read later.
    /// </summary>
    bool TreatsPositionsApart => true;

    /// <summary>The output of the wrapped product.</summary>
    /// <param name="x">(…, in), in the compute dtype; owned by the caller.</param>
    /// <param name="next">The rest of the chain; <see cref="LinearCall.Next"/> runs it, as often as the method needs.</param>
    /// <returns>(…, out), in the dtype of <paramref name="x"/>; the caller owns it.</returns>
    Tensor Forward(Tensor x, LinearCall next);
}

/// <summary>A linear tuner whose effect can be written into the weight.</summary>
public interface IMergeableTuner
{
    /// <summary>The weight that gives, alone, what <paramref name="weight"/> gives inside this tuner.</summary>
    /// <param name="weight">fp32, of the node's shape; owned by the caller and left as it is.</param>
    /// <returns>A new fp32 tensor of the same shape, without graph.</returns>
    Tensor MergeWeight(Tensor weight);

    /// <summary>The bias that goes with it; the default leaves it as it is.</summary>
    /// <param name="bias">fp32 (out), or null where the product has none.</param>
    /// <returns><paramref name="bias"/> itself, or a new tensor.</returns>
    /// <exception cref="InvalidOperationException">The tuner needs a bias and the product has none.</exception>
    Tensor? MergeBias(Tensor? bias) => bias;
}
