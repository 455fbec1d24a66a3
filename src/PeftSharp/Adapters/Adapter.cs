using PeftSharp.Models;
using PeftSharp.Models.Slots;
using static TorchSharp.torch;

namespace PeftSharp.Adapters;

/// <summary>
/// The small set of weights that adapts one base model: tuners in slots and copies of parameters. It changes nothing in
/// the base; a pass that names it uses it.
/// </summary>
public sealed class Adapter : IDisposable
{
    private readonly IReadOnlyList<Tensor> _owned;
    private readonly List<Tensor> _loaded = [];

    internal Adapter(
        string name, PeftOptions options, BaseModel model,
        Dictionary<int, ILinearTuner[]> linear, Dictionary<int, IEmbeddingTuner[]> embedding, Dictionary<int, Tensor> replaced,
        IReadOnlyList<TrainableTensor> trainable, IReadOnlyList<CarriedTensor> carried, IReadOnlyList<Tensor> owned)
    {
        Name = name;
        Options = options;
        Model = model;
        Linear = linear;
        Embedding = embedding;
        Replaced = replaced;
        Trainable = trainable;
        Carried = carried;
        _owned = owned;
    }

    /// <summary>The name by which passes call it.</summary>
    public string Name { get; }

    /// <summary>The method's settings.</summary>
    public PeftOptions Options { get; }

    /// <summary>The tensors that training changes, in the order of the model.</summary>
    public IReadOnlyList<TrainableTensor> Trainable { get; }

    /// <summary>The number of trainable values.</summary>
    public long TrainableCount => Trainable.Sum(tensor => tensor.Value.numel());

    /// <summary>The bytes of the trainable values as saved (fp32).</summary>
    public long SavedBytes => TrainableCount * sizeof(float);

    internal BaseModel Model { get; }

    internal IReadOnlyDictionary<int, ILinearTuner[]> Linear { get; }

    internal IReadOnlyDictionary<int, IEmbeddingTuner[]> Embedding { get; }

    internal IReadOnlyDictionary<int, ISubLayerTuner> SubLayers { get; init; } = new Dictionary<int, ISubLayerTuner>();

    internal IReadOnlyDictionary<int, ISubLayerJoin> Joins { get; init; } = new Dictionary<int, ISubLayerJoin>();

    /// <summary>The names of the adapters whose tuners <see cref="Joins"/> are for; alone, this adapter means all of them joined.</summary>
    internal IReadOnlyList<string> Joined { get; init; } = [];

    internal IReadOnlyDictionary<int, IStreamTuner[]> Stream { get; init; } = new Dictionary<int, IStreamTuner[]>();

    /// <summary>The keys among <see cref="Frozen"/> that a file may leave out.</summary>
    internal IReadOnlySet<string> OptionalKeys { get; init; } = new HashSet<string>();

    internal Dictionary<int, Tensor> Replaced { get; }

    internal IReadOnlyList<CarriedTensor> Carried { get; }

    /// <summary>Tensors that are saved with the adapter and do not train.</summary>
    internal IReadOnlyList<TrainableTensor> Frozen { get; init; } = [];

    /// <summary>What the method does while the adapter trains.</summary>
    internal ITrainingHook? Hook { get; init; }

    /// <summary>What stands in for a parameter while this adapter is active: its copy, else the base's tensor.</summary>
    internal Tensor Effective(Parameter parameter) =>
        Replaced.TryGetValue(parameter.Id, out Tensor? copy) ? copy : parameter.Value;

    /// <summary>Takes over a frozen tensor that came with the file.</summary>
    internal void Replace(Parameter parameter, Tensor value)
    {
        Replaced[parameter.Id] = value.DetachFromDisposeScope();
        _loaded.Add(value);
    }

    /// <summary>Stops or resumes gradients for this adapter's tensors: one that only serves another's training needs none.</summary>
    public void RequireGradients(bool required)
    {
        foreach (TrainableTensor tensor in Trainable)
            tensor.Value.requires_grad = required;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Tensor tensor in _owned.Concat(_loaded))
            tensor.Dispose();
        (Hook as IDisposable)?.Dispose();
    }
}
