using PeftSharp.Kernels;
using PeftSharp.Models.Nodes;
using PeftSharp.Models.Slots;
using static TorchSharp.torch;

namespace PeftSharp.Methods.Lora;

/// <summary>
/// DoRA: the weight's rows keep a trained length m and take their direction from W + s B A:
/// y = b + (m / ‖W + s B A‖) · (W x + s B A x), the norm of each row a constant in the backward pass.
/// </summary>
internal sealed class DoraLinear(LoraLinear lora, Tensor magnitude) : ILinearTuner, IMergeableTuner
{
    public Tensor Forward(Tensor x, LinearCall next)
    {
        using var scope = NewDisposeScope();
        Linear node = next.Node;
        Tensor weight = next.Pass.Get(node.Weight);
        Tensor? bias = node.Bias is null ? null : next.Pass.Get(node.Bias);
        Tensor norms = Norms(weight.detach().to(ScalarType.Float32));
        Tensor scale = magnitude.div(norms).to(x.dtype);
        Tensor dropped = next.Pass.Dropout(x, lora.DropoutProbability);
        Tensor y = next.Next(x);
        // (scale − 1)·(y − b) + y where nothing is dropped; with dropout the second part sees the dropped input.
        Tensor plain = ReferenceEquals(dropped, x)
            ? bias is null ? y : y.sub(bias)
            : FrozenLinear.Forward(dropped, weight, null, node.PackedFor(next.Pass));
        Tensor low = nn.functional.linear(nn.functional.linear(dropped, lora.A.to(x.dtype)), lora.B.to(x.dtype));
        if (lora.Bias is not null)
            low = low.Plus(lora.Bias.to(x.dtype));
        Tensor change = scale.Plus(-1).mul(plain).Plus(scale.mul(low).Times(lora.Scale));
        return y.Plus(change).MoveToOuterDisposeScope();
    }

    public Tensor MergeWeight(Tensor weight)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        Tensor turned = weight.Plus(lora.DeltaWeight());
        return turned.mul(magnitude.div(RowNorms(turned)).unsqueeze(1)).MoveToOuterDisposeScope();
    }

    public Tensor? MergeBias(Tensor? bias) => lora.Bias is null
        ? bias
        : throw new InvalidOperationException("lora_bias with use_dora cannot be merged; keep the adapter beside the model.");

    /// <summary>The length of each row of a weight (out, in): (out).</summary>
    public static Tensor RowNorms(Tensor weight) => weight.square().sum([1]).sqrt();

    private Tensor Norms(Tensor weight)
    {
        using var noGrad = no_grad();
        using Tensor delta = lora.DeltaWeight();
        using Tensor turned = weight.Plus(delta);
        return RowNorms(turned);
    }
}
