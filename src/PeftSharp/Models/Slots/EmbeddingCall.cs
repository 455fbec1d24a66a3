using PeftSharp.Models.Nodes;
using static TorchSharp.torch;

namespace PeftSharp.Models.Slots;

/// <summary>What is left of a chain of embedding tuners around one look-up.</summary>
public readonly struct EmbeddingCall
{
    private readonly IReadOnlyList<IEmbeddingTuner> _tuners;
    private readonly int _left;

    internal EmbeddingCall(Embedding node, IReadOnlyList<IEmbeddingTuner> tuners, Pass pass)
        : this(node, tuners, tuners.Count, pass)
    {
    }

    private EmbeddingCall(Embedding node, IReadOnlyList<IEmbeddingTuner> tuners, int left, Pass pass)
    {
        Node = node;
        Pass = pass;
        _tuners = tuners;
        _left = left;
    }

    /// <summary>The wrapped node.</summary>
    public Embedding Node { get; }

    /// <summary>The pass being computed.</summary>
    public Pass Pass { get; }

    /// <summary>Runs the rest of the chain.</summary>
    public Tensor Next(Tensor ids) =>
        _left == 0
            ? Node.Frozen(ids, Pass)
            : _tuners[_left - 1].Forward(ids, new EmbeddingCall(Node, _tuners, _left - 1, Pass));
}
