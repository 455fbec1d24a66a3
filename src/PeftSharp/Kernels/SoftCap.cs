using static TorchSharp.torch;

namespace PeftSharp.Kernels;

/// <summary>A smooth bound of scores and logits: y = c · tanh(x / c), with dy/dx = 1 − (y / c)² (Gemma 2).</summary>
internal static class SoftCap
{
    /// <summary>scale · x within ± <paramref name="cap"/>.</summary>
    public static Tensor Forward(Tensor x, double cap, double scale = 1)
    {
        using Tensor scaled = x.Times(scale / cap);
        using Tensor bounded = scaled.tanh();
        return bounded.Times(cap);
    }

    /// <summary>The gradient of what was bounded, from that of the bounded values.</summary>
    /// <param name="gradient">dL/dy.</param>
    /// <param name="bounded">y.</param>
    /// <param name="cap">c.</param>
    public static Tensor Backward(Tensor gradient, Tensor bounded, double cap)
    {
        using var scope = NewDisposeScope();
        return gradient.mul(bounded.Times(1 / cap).Squared().neg().Plus(1)).MoveToOuterDisposeScope();
    }
}
