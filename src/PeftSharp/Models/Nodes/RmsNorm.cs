using PeftSharp.Kernels;
using static TorchSharp.torch;

namespace PeftSharp.Models.Nodes;

/// <summary>Root-mean-square normalisation over the last dimension with a scale.</summary>
public sealed class RmsNorm : Node, INorm
{
    private readonly double _epsilon;
    private readonly double _offset;

    internal RmsNorm(int id, string path, Parameter weight, double epsilon, double offset)
        : base(id, path, weight)
    {
        Weight = weight;
        _epsilon = epsilon;
        _offset = offset;
    }

    /// <summary>The scale, (width); in Gemma what is added to 1 for it.</summary>
    public Parameter Weight { get; }

    /// <summary>Normalises <paramref name="x"/>, (…, width).</summary>
    public Tensor Forward(Tensor x, Pass pass)
    {
        if (pass.RowsFor(this) is { } rows)
            return rows.Run(x, pass, Forward);
        return Norms.RmsNorm(x, pass.Get(Weight), _epsilon, _offset);
    }
}
