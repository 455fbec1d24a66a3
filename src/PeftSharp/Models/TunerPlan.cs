using System.Collections.Frozen;
using PeftSharp.Models.Blocks;
using PeftSharp.Models.Nodes;
using PeftSharp.Models.Slots;
using PeftSharp.Tensors;
using static TorchSharp.torch;

namespace PeftSharp.Models;

/// <summary>
/// Which tuners sit in which slots: immutable, so that any number of threads may run different plans over one backbone.
/// It refers to tensors and owns none.
/// </summary>
public sealed class TunerPlan
{
    private readonly FrozenDictionary<int, ILinearTuner[]> _linear;
    private readonly FrozenDictionary<int, IEmbeddingTuner[]> _embedding;
    private readonly FrozenDictionary<int, Tensor> _replaced;
    private readonly FrozenDictionary<int, ISubLayerTuner> _subLayer;
    private readonly FrozenDictionary<int, IStreamTuner[]> _stream;

    internal TunerPlan(
        IEnumerable<KeyValuePair<int, ILinearTuner[]>> linear,
        IEnumerable<KeyValuePair<int, IEmbeddingTuner[]>> embedding,
        IEnumerable<KeyValuePair<int, Tensor>> replaced,
        IReadOnlyList<IFrontTuner>? front = null,
        IReadOnlyList<IAttentionTuner>? attention = null,
        IEnumerable<KeyValuePair<int, ISubLayerTuner>>? subLayer = null,
        IEnumerable<KeyValuePair<int, IStreamTuner[]>>? stream = null)
    {
        FrontTuners = front ?? [];
        AttentionTuners = attention ?? [];
        Virtual = VirtualCounts.Of(FrontTuners, AttentionTuners);
        _linear = linear.ToFrozenDictionary();
        _embedding = embedding.ToFrozenDictionary();
        _replaced = replaced.ToFrozenDictionary();
        _subLayer = (subLayer ?? []).ToFrozenDictionary();
        _stream = (stream ?? []).ToFrozenDictionary();
        TreatsPositionsApart = _linear.Values.All(tuners => tuners.All(tuner => tuner.TreatsPositionsApart))
            && _subLayer.Values.All(tuner => tuner.TreatsPositionsApart) && _stream.Count == 0;
    }

    /// <summary>The model of the base's layers in another order whose nodes this plan names; null for the base itself.</summary>
    internal BaseModel? Replica { get; init; }

    /// <summary>The bare backbone.</summary>
    public static TunerPlan Empty { get; } = new([], [], []);

    /// <summary>The tuners around a linear node, innermost first.</summary>
    internal IReadOnlyList<ILinearTuner> LinearTuners(Linear node) =>
        _linear.TryGetValue(node.Id, out ILinearTuner[]? tuners) ? tuners : [];

    /// <summary>The tuners around an embedding, innermost first.</summary>
    internal IReadOnlyList<IEmbeddingTuner> EmbeddingTuners(Embedding node) =>
        _embedding.TryGetValue(node.Id, out IEmbeddingTuner[]? tuners) ? tuners : [];

    /// <summary>The tuner at the end of a sub-layer, if any.</summary>
    internal ISubLayerTuner? SubLayerTuner(SubLayer node) =>
        _subLayer.TryGetValue(node.Id, out ISubLayerTuner? tuner) ? tuner : null;

    /// <summary>The tuners at a point of the stream, in the order in which they run.</summary>
    internal IReadOnlyList<IStreamTuner> StreamTuners(StreamPoint node) =>
        _stream.TryGetValue(node.Id, out IStreamTuner[]? tuners) ? tuners : [];

    /// <summary>What puts rows beside the tokens of the sequence; of those at one place, in the order of the rows.</summary>
    internal IReadOnlyList<IFrontTuner> FrontTuners { get; }

    /// <summary>What adds keys and values to layers, in the order of the keys.</summary>
    internal IReadOnlyList<IAttentionTuner> AttentionTuners { get; }

    /// <summary>How many virtual tokens these are.</summary>
    internal VirtualCounts Virtual { get; }

    /// <summary>How many keys and values these add to a layer.</summary>
    internal int KeyValues(int layer) => AttentionTuners.Where(tuner => tuner.Part(layer) is not null).Sum(tuner => tuner.Count);

    /// <summary>True if, behind the attention, what a tuner gives at one position depends on nothing else.</summary>
    internal bool TreatsPositionsApart { get; }

    /// <summary>True if no tuner looks at rows of the batch as a whole: their tokens may then be given without padding, one row behind the other.</summary>
    internal bool AllowsUnpadded => TreatsPositionsApart && AttentionTuners.All(tuner => !tuner.HasGates);

    /// <summary>The adapters whose tensors these are, or other owners of them: a pass keeps them from being freed.</summary>
    internal UseCount[] Owners { get; init; } = [];

    /// <summary>True if a training pass changes a tuner by using it.</summary>
    internal bool ChangesByUse => _subLayer.Values.Any(tuner => tuner.ChangesByUse);

    /// <summary>The tensor that stands in for a parameter, if any; it lies as <see cref="Parameter.Stored"/>.</summary>
    internal Tensor? Replacement(Parameter parameter) =>
        _replaced.TryGetValue(parameter.Id, out Tensor? tensor) ? tensor : null;

    /// <summary>True when this plan changes what <paramref name="node"/> computes.</summary>
    internal bool Touches(Node node)
    {
        if (_linear.ContainsKey(node.Id) || _embedding.ContainsKey(node.Id) || _subLayer.ContainsKey(node.Id) || _stream.ContainsKey(node.Id))
            return true;
        foreach (Parameter parameter in node.Parameters)
            if (_replaced.ContainsKey(parameter.Id))
                return true;
        return false;
    }
}
