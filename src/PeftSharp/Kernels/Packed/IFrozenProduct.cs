using static TorchSharp.torch;

namespace PeftSharp.Kernels.Packed;

/// <summary>
/// A frozen weight W (out, in) in a form that its products are fastest with, made when it is first used. Nothing here knows
/// of a graph: the places that do (<see cref="PackedLinear"/>, <see cref="PackedLora"/>) work with any such form.
/// </summary>
internal interface IFrozenProduct : IDisposable
{
    /// <summary>True if the product is to be computed here, and is ready.</summary>
    /// <param name="x">(…, in).</param>
    /// <param name="backward">Whether <see cref="GradientToInputs"/> will be asked for too.</param>
    bool Takes(Tensor x, bool backward);

    /// <summary>The product x Wᵀ + b: (rows, in) → (rows, out).</summary>
    Tensor Product(Tensor x, Tensor? bias);

    /// <summary>The gradient of (rows, out) to the inputs: dy W, (rows, in).</summary>
    Tensor GradientToInputs(Tensor dy);
}
