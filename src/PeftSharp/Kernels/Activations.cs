using PeftSharp.Kernels.Fused;
using static TorchSharp.torch;

namespace PeftSharp.Kernels;

/// <summary>The one place where activation functions are computed, by the names of <c>hidden_act</c>.</summary>
internal static class Activations
{
    private static readonly Func<Tensor, Tensor> _silu = x => nn.functional.silu(x);

    // Those of transformers' ACT2FN that have no weights of their own, and AdapterHub's leakyrelu.
    private static readonly Dictionary<string, Func<Tensor, Tensor>> _byName = new(StringComparer.OrdinalIgnoreCase)
    {
        ["gelu"] = Gelu,
        ["gelu_10"] = x => Computed(() => Gelu(x).Between(-10, 10)),
        ["gelu_accurate"] = TanhGelu,
        ["gelu_fast"] = TanhGelu,
        ["gelu_new"] = TanhGelu,
        ["gelu_python"] = Gelu,
        ["gelu_python_tanh"] = TanhGelu,
        ["gelu_pytorch_tanh"] = TanhGelu,
        ["hardswish"] = x => nn.functional.hardswish(x),
        // Φ((x − µ) / σ) of the normal distribution that fits relu2 best (Ma et al. 2022, arXiv:2209.10655).
        ["laplace"] = x => Computed(() => x.Plus(-0.707107).DividedBy(0.282095 * Math.Sqrt(2)).erf().Plus(1).Times(0.5)),
        ["leaky_relu"] = ScalarMath.LeakyRelu,
        ["leakyrelu"] = ScalarMath.LeakyRelu,
        ["linear"] = x => x.alias(),
        ["mish"] = x => Computed(() => x.mul(Softplus(x).tanh())),
        ["quick_gelu"] = x => Computed(() => x.mul(x.Times(1.702).sigmoid())),
        ["relu"] = x => nn.functional.relu(x),
        ["relu2"] = x => Computed(() => nn.functional.relu(x).Squared()),
        ["relu6"] = x => Computed(() => x.Between(0, 6)),
        ["sigmoid"] = sigmoid,
        ["silu"] = _silu,
        ["sqrtsoftplus"] = x => Computed(() => Softplus(x).sqrt()),
        ["swish"] = _silu,
        ["tanh"] = tanh,
    };

    /// <summary>The function of a name.</summary>
    /// <param name="name">The name, in any case.</param>
    /// <param name="key">The setting that has it, for the message.</param>
    /// <exception cref="PeftException">The name is not known.</exception>
    public static Func<Tensor, Tensor> Of(string name, string key = "hidden_act") =>
        _byName.TryGetValue(name, out Func<Tensor, Tensor>? function)
            ? function
            : throw new PeftException(
                $"{key} '{name}' is not supported; it is one of {string.Join(", ", _byName.Keys.Order(StringComparer.Ordinal))}.");

    /// <summary>act(gate) · up, the gated unit of LLaMA (SwiGLU for silu).</summary>
    public static Tensor Gated(Func<Tensor, Tensor> activation, Tensor gate, Tensor up)
    {
        using var clock = KernelClock.Measure("gated unit");
        if (activation == _silu && FusedGatedUnit.Takes(gate, up))
            return FusedGatedUnit.Run(gate, up);
        using Tensor active = activation(gate);
        return active.mul(up);
    }

    /// <summary>log(1 + eˣ), without overflow.</summary>
    private static Tensor Softplus(Tensor x) => nn.functional.relu(x).Plus(x.abs().neg().exp().log1p());

    private static Tensor Computed(Func<Tensor> formula)
    {
        using var scope = NewDisposeScope();
        return formula().MoveToOuterDisposeScope();
    }

    private static Tensor Gelu(Tensor x)
    {
        using var clock = KernelClock.Measure("gelu");
        return FusedActivation<ExactGelu>.Takes(x) ? FusedActivation<ExactGelu>.Run(x, "gelu") : nn.functional.gelu(x);
    }

    /// <summary>0.5 x (1 + tanh(√(2/π) (x + 0.044715 x³))), without a difference of nearly equal numbers where x is negative.</summary>
    private static Tensor TanhGelu(Tensor x)
    {
        using var clock = KernelClock.Measure("gelu");
        if (FusedActivation<TanhGelu>.Takes(x))
            return FusedActivation<TanhGelu>.Run(x, "tanh gelu");
        using var scope = NewDisposeScope();
        Tensor inner = x.Cubed().Times(0.044715).Plus(x).Times(Math.Sqrt(8 / Math.PI));
        return x.mul(inner.sigmoid()).MoveToOuterDisposeScope();
    }
}
