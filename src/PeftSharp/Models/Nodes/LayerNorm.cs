using PeftSharp.Kernels;
using static TorchSharp.torch;

namespace PeftSharp.Models.Nodes;

/// <summary>Layer normalisation over the last dimension with scale and shift.</summary>
public sealed class LayerNorm : Node, INorm
{
    private readonly double _epsilon;

    internal LayerNorm(int id, string path, Parameter weight, Parameter bias, double epsilon)
        : base(id, path, weight, bias)
    {
        Weight = weight;
        Bias = bias;
        _epsilon = epsilon;
    }

    /// <summary>The scale, (width).</summary>
    public Parameter Weight { get; }

    /// <summary>The shift, (width).</summary>
    public Parameter Bias { get; }

    /// <summary>Normalises <paramref name="x"/>, (…, width).</summary>
    public Tensor Forward(Tensor x, Pass pass)
    {
        if (pass.RowsFor(this) is { } rows)
            return rows.Run(x, pass, Forward);
        return Norms.LayerNorm(x, pass.Get(Weight), pass.Get(Bias), _epsilon);
    }

    /// <summary>Normalises residual + dropout(hidden), both (…, width).</summary>
    internal Tensor Forward(Tensor hidden, Tensor residual, Pass pass, double dropout)
    {
        if (pass.RowsFor(this) is null)
            return Norms.ResidualLayerNorm(hidden, residual, pass.Get(Weight), pass.Get(Bias), _epsilon, pass.Training ? dropout : 0);
        using var scope = NewDisposeScope();
        return Forward(pass.Dropout(hidden, dropout).Plus(residual), pass).MoveToOuterDisposeScope();
    }
}
