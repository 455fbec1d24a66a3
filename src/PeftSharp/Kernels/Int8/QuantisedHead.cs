using PeftSharp.Kernels.Packed;
using static TorchSharp.torch;

namespace PeftSharp.Kernels.Int8;

/// <summary>
/// An output head: its product in int8, the gradient to its inputs in the dtype of the model. A gradient of the softmax has
/// one large value, the label's, and thousands that are small beside it: with one scale for all they became 0 (with
/// SmolLM2-135M an error of 13 % in each gradient, all in one direction, against 1.5 % this way).
/// </summary>
internal sealed class QuantisedHead : IFrozenProduct
{
    private readonly QuantisedWeight _product;
    private readonly Tensor _weight, _turned;
    private readonly PackedWeight _gradient;

    public QuantisedHead(Tensor weight)
    {
        _weight = weight;
        _product = new(weight);
        _turned = weight.t().DetachFromDisposeScope();
        // dy W is the product with the transpose, of which no other direction is needed.
        _gradient = new(_turned);
    }

    public bool Takes(Tensor x, bool backward) => _product.Takes(x, backward: false);

    public Tensor Product(Tensor x, Tensor? bias) => _product.Product(x, bias);

    public Tensor GradientToInputs(Tensor dy) => _gradient.Takes(dy, backward: false) ? _gradient.Product(dy, null) : dy.matmul(_weight);

    public void Dispose()
    {
        _product.Dispose();
        _gradient.Dispose();
        _turned.Dispose();
    }
}
