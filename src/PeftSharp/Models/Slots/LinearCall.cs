using PeftSharp.Kernels.Packed;
using PeftSharp.Models.Nodes;
using static TorchSharp.torch;

namespace PeftSharp.Models.Slots;

/// <summary>What is left of a chain of linear tuners around one frozen product.</summary>
public readonly struct LinearCall
{
    private readonly IReadOnlyList<ILinearTuner> _tuners;
    private readonly int _left;

    internal LinearCall(Linear node, IReadOnlyList<ILinearTuner> tuners, Pass pass)
        : this(node, tuners, tuners.Count, pass)
    {
    }

    private LinearCall(Linear node, IReadOnlyList<ILinearTuner> tuners, int left, Pass pass)
    {
        Node = node;
        Pass = pass;
        _tuners = tuners;
        _left = left;
    }

    /// <summary>The wrapped node.</summary>
    public Linear Node { get; }

    /// <summary>The pass being computed.</summary>
    public Pass Pass { get; }

    /// <summary>Runs the rest of the chain on <paramref name="x"/>, (…, in) → (…, out).</summary>
    public Tensor Next(Tensor x) =>
        _left == 0
            ? Node.Frozen(x, Pass)
            : _tuners[_left - 1].Forward(x, new LinearCall(Node, _tuners, _left - 1, Pass));

    /// <summary>
    /// The frozen product in its packed form, where nothing but it is left of the chain and it would be used for
    /// <paramref name="x"/>: a tuner may then compute the product itself, together with what it adds.
    /// </summary>
    /// <param name="x">(…, in).</param>
    /// <param name="withGraph">Whether a gradient to the inputs will be wanted.</param>
    internal IFrozenProduct? Packed(Tensor x, bool withGraph) =>
        _left == 0 && Node.PackedFor(Pass) is { } packed && PackedLinear.AddsBias(x, Bias) && packed.Takes(x, withGraph)
            ? packed
            : null;

    /// <summary>The bias of the product in this pass, or null.</summary>
    internal Tensor? Bias => Node.Bias is null ? null : Pass.Get(Node.Bias);

    /// <summary>The rest of the chain inside some further tuners.</summary>
    internal LinearCall Inside(IReadOnlyList<ILinearTuner> outer) =>
        new(Node, [.. _tuners.Take(_left), .. outer], _left + outer.Count, Pass);
}
