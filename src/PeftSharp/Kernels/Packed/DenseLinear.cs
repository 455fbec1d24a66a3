using PeftSharp.Kernels.Graph;
using static TorchSharp.torch;

namespace PeftSharp.Kernels.Packed;

/// <summary>
/// y = x Wᵀ + b for a weight that changes, or that no packed form is kept of: oneDNN's product over the weight as it lies,
/// about nine tenths as fast as over a packed one, or the widened one. dx = dy W; dW = dyᵀ x; db = Σ dy.
/// </summary>
internal static class DenseLinear
{
    /// <summary>True where the processor and the operator are there and the product is worth it.</summary>
    public static bool Takes(Tensor x, Tensor weight, Tensor? bias) =>
        (PackedLinear.TakesInputs(x, weight) || WidenedProduct.Takes(x, weight)) && weight.is_contiguous() && (bias is null || bias.dtype == x.dtype);

    /// <summary>The product; its graph reaches whatever requires a gradient.</summary>
    public static Tensor Run(Tensor x, Tensor weight, Tensor? bias) =>
        Run(x, weight, bias, WidenedProduct.Takes(x, weight) ? WidenedProduct.Linear : OneDnnKernels.Linear);

    /// <summary>The same by a given product of x (rows, in), W (out, in), which may be a transposed view, and b.</summary>
    internal static Tensor Run(Tensor x, Tensor weight, Tensor? bias, Func<Tensor, Tensor, Tensor?, Tensor> linear)
    {
        using var scope = NewDisposeScope();
        Tensor rows = FlatRows.Of(x);
        Tensor y;
        using (no_grad())
            y = linear(rows, weight, bias);
        bool toInputs = GraphNode.IsNeeded(x), toWeight = GraphNode.IsNeeded(weight), toBias = bias is not null && GraphNode.IsNeeded(bias);
        if (toInputs || toWeight || toBias)
        {
            Tensor[] kept = [GraphNode.Keep(weight), .. toWeight ? (Tensor[])[GraphNode.Keep(rows)] : []];
            Tensor[] inputs = bias is null ? [rows, weight] : [rows, weight, bias];
            y = GraphNode.Attach("product", y, inputs, kept, gradient =>
            {
                Tensor dy = gradient.contiguous();
                Tensor? dx = toInputs ? linear(dy, kept[0].t(), null) : null;
                Tensor? dw = toWeight ? linear(dy.t().contiguous(), kept[1].t(), null) : null;
                return bias is null ? [dx, dw] : [dx, dw, toBias ? dy.sum([0]) : null];
            });
        }
        return FlatRows.Like(x, y).MoveToOuterDisposeScope();
    }
}
