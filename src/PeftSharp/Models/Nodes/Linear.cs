using PeftSharp.Kernels;
using PeftSharp.Kernels.Packed;
using PeftSharp.Models.Slots;
using static TorchSharp.torch;

namespace PeftSharp.Models.Nodes;

/// <summary>A frozen product <c>y = x Wᵀ + b</c> and the slot in which linear tuners wrap it.</summary>
public sealed class Linear : Node
{
    internal Linear(int id, string path, Parameter weight, Parameter? bias, IFrozenProduct packed, RowSquares squares)
        : base(id, path, weight, bias)
    {
        Weight = weight;
        Bias = bias;
        Packed = packed;
        Squares = squares;
    }

    /// <summary>The frozen weight for the faster product; the model disposes it.</summary>
    internal IFrozenProduct Packed { get; }

    /// <summary>Σ w² of each row of the frozen weight; the model disposes it.</summary>
    internal RowSquares Squares { get; }

    /// <summary>The weight, (out, in).</summary>
    public Parameter Weight { get; }

    /// <summary>The bias, (out), or null.</summary>
    public Parameter? Bias { get; }

    /// <summary>The width of the input.</summary>
    public long InFeatures => Weight.Value.shape[1];

    /// <summary>The width of the output.</summary>
    public long OutFeatures => Weight.Value.shape[0];

    /// <summary>True for a task head (<c>lm_head</c>, <c>classifier</c>, …), which "all-linear" leaves out.</summary>
    public bool IsHead { get; init; }

    /// <summary>The output of the frozen product inside the tuners that the pass names.</summary>
    /// <param name="x">(…, in), in the compute dtype.</param>
    /// <param name="pass">Which tuners are active.</param>
    /// <returns>(…, out).</returns>
    public Tensor Forward(Tensor x, Pass pass)
    {
        if (pass.RowsFor(this) is { } rows)
            return rows.Run(x, pass, Forward);
        return new LinearCall(this, pass.Plan.LinearTuners(this), pass).Next(x);
    }

    /// <summary>The product alone, with the pass's replacements of weight and bias but no tuner.</summary>
    internal Tensor Frozen(Tensor x, Pass pass) =>
        FrozenLinear.Forward(x, pass.Get(Weight), Bias is null ? null : pass.Get(Bias), PackedFor(pass));

    /// <summary>The frozen weight for the faster product, where the pass uses the frozen one.</summary>
    internal IFrozenProduct? PackedFor(Pass pass) => pass.Plan.Replacement(Weight) is null ? Packed : null;
}
