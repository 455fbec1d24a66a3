using PeftSharp.Models;
using PeftSharp.Models.Slots;
using PeftSharp.Tensors;
using static TorchSharp.torch;

namespace PeftSharp.Adapters;

/// <summary>
/// The small set of weights that adapts one base model: tuners in slots and copies of parameters. It changes nothing in
/// the base; a pass that names it uses it.
/// </summary>
public sealed class Adapter : IDisposable
{
    /// <summary>The name of an adapter that was given none.</summary>
    internal const string DefaultName = "default";

    private readonly AdapterTensors _tensors;
    private readonly List<Tensor> _loaded = [];

    internal Adapter(string name, PeftOptions options, BaseModel model, AdapterSlots slots, AdapterTensors tensors)
    {
        Users = new UseCount(this, Free);
        Name = name;
        Options = options;
        Model = model;
        Slots = slots;
        _tensors = tensors;
        using var noGrad = no_grad();
        SavedBytes = sizeof(float) * (Trainable.Where(tensor => tensor.IsSaved).Sum(tensor => tensor.Value.numel()) + Computed.Sum(CountOf));
    }

    /// <summary>The name by which passes call it.</summary>
    public string Name { get; }

    /// <summary>The method's settings.</summary>
    public PeftOptions Options { get; }

    /// <summary>The tensors that training changes, in the order of the model.</summary>
    public IReadOnlyList<TrainableTensor> Trainable => _tensors.Trainable;

    /// <summary>The number of trainable values.</summary>
    public long TrainableCount => Trainable.Sum(tensor => tensor.Value.numel());

    /// <summary>The bytes of the values as saved (fp32).</summary>
    public long SavedBytes { get; }

    /// <summary>What someone who uses the adapter should know: settings of its folder without effect or unknown, a base that it changes.</summary>
    public IReadOnlyList<string> Warnings { get; internal set; } = [];

    internal BaseModel Model { get; }

    /// <summary>The calls that use it.</summary>
    internal UseCount Users { get; }

    /// <summary>What it plugs into the model.</summary>
    internal AdapterSlots Slots { get; }

    /// <summary>The copies that stand in for parameters, by the parameter's id.</summary>
    internal Dictionary<int, Tensor> Replaced => Slots.Replaced;

    internal IReadOnlyDictionary<int, ISubLayerTuner> SubLayers => Slots.SubLayers;

    internal IReadOnlyDictionary<int, ISubLayerJoin> Joins => Slots.Joins;

    /// <summary>The names of the adapters whose tuners <see cref="Joins"/> are for; alone, this adapter means all of them joined.</summary>
    internal IReadOnlyList<string> Joined { get; init; } = [];

    /// <summary>The keys among <see cref="Frozen"/> that a file may leave out.</summary>
    internal IReadOnlySet<string> OptionalKeys { get; init; } = new HashSet<string>();

    /// <summary>Keys that a file may have and that say nothing.</summary>
    internal IReadOnlySet<string> IgnoredKeys { get; init; } = new HashSet<string>();

    /// <summary>The names of <c>modules_to_save</c>, with the heads of the task.</summary>
    internal IReadOnlyList<string> SavedModules { get; init; } = [];

    internal IReadOnlyList<ComputedTensor> Computed => _tensors.Computed;

    internal IReadOnlyList<CarriedTensor> Carried => _tensors.Carried;

    /// <summary>Tensors that are saved with the adapter and do not train.</summary>
    internal IReadOnlyList<TrainableTensor> Frozen => _tensors.Frozen;

    /// <summary>What the method does while the adapter trains.</summary>
    internal ITrainingHook? Hook { get; init; }

    /// <summary>What stands in for a parameter while this adapter is active: its copy, else the base's tensor, as a checkpoint holds it.</summary>
    internal Tensor Effective(Parameter parameter) =>
        Replaced.TryGetValue(parameter.Id, out Tensor? copy) ? copy : parameter.Stored;

    /// <summary>Takes over a frozen tensor that came with the file, for all names of the parameter.</summary>
    internal void Replace(Parameter parameter, Tensor value)
    {
        foreach (Parameter name in Model.NamesOf(parameter))
            Replaced[name.Id] = value.DetachFromDisposeScope();
        _loaded.Add(value);
    }

    /// <summary>Stops or resumes gradients for this adapter's tensors: one that only serves another's training needs none.</summary>
    public void RequireGradients(bool required)
    {
        foreach (TrainableTensor tensor in Trainable)
            tensor.Value.requires_grad = required;
    }

    /// <summary>Frees its tensors as soon as no call uses them.</summary>
    public void Dispose() => Users.Close();

    private void Free()
    {
        foreach (Tensor tensor in _tensors.Owned.Concat(_loaded))
            tensor.Dispose();
        (Hook as IDisposable)?.Dispose();
    }

    private static long CountOf(ComputedTensor tensor)
    {
        using Tensor value = tensor.Compute();
        return value.numel();
    }
}
