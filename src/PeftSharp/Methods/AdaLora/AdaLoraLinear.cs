using PeftSharp.Kernels;
using PeftSharp.Models.Slots;
using static TorchSharp.torch;

namespace PeftSharp.Methods.AdaLora;

/// <summary>
/// y = W x + b + s · P (λ ∘ (Q dropout(x))), with Q (r, in), λ (r, 1), P (out, r) and s = α / init_r, whatever r is left
/// after pruning. HF calls them lora_A, lora_E and lora_B.
/// </summary>
/// <param name="path">The module.</param>
/// <param name="a">Q.</param>
/// <param name="e">λ.</param>
/// <param name="b">P.</param>
/// <param name="alpha">α; 0 or less counts as init_r.</param>
/// <param name="initialRank">init_r.</param>
/// <param name="dropout">The probability of dropping an input.</param>
internal sealed class AdaLoraLinear(string path, Tensor a, Tensor e, Tensor b, double alpha, int initialRank, double dropout)
    : ILinearTuner, IMergeableTuner
{
    // HF keeps init_r as a tensor and adds 1e-5 to it, in fp32.
    private readonly double _scale = (alpha > 0 ? alpha : initialRank) / ((float)initialRank + 1e-5f);

    public string Path { get; } = path;

    public Tensor A { get; } = a;

    public Tensor E { get; } = e;

    public Tensor B { get; } = b;

    public Tensor Forward(Tensor x, LinearCall next)
    {
        using var scope = NewDisposeScope();
        Tensor y = next.Next(x);
        Tensor low = Products.Linear(next.Pass.Dropout(x, dropout), A.mul(E).to(x.dtype));
        return y.Plus(Products.Linear(low, B.to(x.dtype)).Times(_scale)).MoveToOuterDisposeScope();
    }

    public Tensor MergeWeight(Tensor weight)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        return weight.Plus(B.matmul(A.mul(E)).Times(_scale)).MoveToOuterDisposeScope();
    }
}
