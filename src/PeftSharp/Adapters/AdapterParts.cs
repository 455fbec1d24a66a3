using PeftSharp.Models.Slots;
using static TorchSharp.torch;

namespace PeftSharp.Adapters;

/// <summary>What an adapter plugs into a model, by the id of the node or parameter, innermost tuner first.</summary>
internal sealed record AdapterSlots
{
    public IReadOnlyDictionary<int, ILinearTuner[]> Linear { get; init; } = new Dictionary<int, ILinearTuner[]>();

    public IReadOnlyDictionary<int, IEmbeddingTuner[]> Embedding { get; init; } = new Dictionary<int, IEmbeddingTuner[]>();

    public IReadOnlyDictionary<int, ISubLayerTuner> SubLayers { get; init; } = new Dictionary<int, ISubLayerTuner>();

    public IReadOnlyDictionary<int, ISubLayerJoin> Joins { get; init; } = new Dictionary<int, ISubLayerJoin>();

    public IReadOnlyDictionary<int, IStreamTuner[]> Stream { get; init; } = new Dictionary<int, IStreamTuner[]>();

    public Dictionary<int, Tensor> Replaced { get; init; } = [];

    public IReadOnlyList<IFrontTuner> Front { get; init; } = [];

    public IReadOnlyList<IAttentionTuner> Attention { get; init; } = [];
}

/// <summary>The tensors of an adapter: what trains, what is saved beside that, and all that it must free.</summary>
internal sealed record AdapterTensors
{
    public IReadOnlyList<TrainableTensor> Trainable { get; init; } = [];

    public IReadOnlyList<ComputedTensor> Computed { get; init; } = [];

    public IReadOnlyList<CarriedTensor> Carried { get; init; } = [];

    public IReadOnlyList<TrainableTensor> Frozen { get; init; } = [];

    public IReadOnlyList<Tensor> Owned { get; init; } = [];
}
