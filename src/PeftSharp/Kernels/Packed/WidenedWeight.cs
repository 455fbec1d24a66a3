using static TorchSharp.torch;

namespace PeftSharp.Kernels.Packed;

/// <summary>A frozen bf16 weight where there are no bfloat16 units: nothing is kept beside it (<see cref="WidenedProduct"/>).</summary>
internal sealed class WidenedWeight(Tensor weight) : IFrozenProduct
{
    public bool Takes(Tensor x, bool backward) => WidenedProduct.Takes(x, weight);

    public Tensor Product(Tensor x, Tensor? bias) => WidenedProduct.Linear(x, weight, bias);

    public Tensor GradientToInputs(Tensor dy) => WidenedProduct.Linear(dy, weight.t(), null);

    public void Dispose()
    {
    }
}
