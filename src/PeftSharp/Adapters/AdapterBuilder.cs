using PeftSharp.Adapters.Composing;
using PeftSharp.Kernels;
using PeftSharp.Models;
using PeftSharp.Models.Nodes;
using PeftSharp.Models.Slots;
using PeftSharp.Tensors;
using static TorchSharp.torch;

namespace PeftSharp.Adapters;

/// <summary>
/// Collects what a method plugs into a model: tuners for slots, copies that stand in for parameters, and the tensors to
/// train and to save. Keys of the model's modules are given without the prefix <c>base_model.model.</c>, which is added here.
/// </summary>
internal sealed class AdapterBuilder : IDisposable
{
    private readonly string _keyPrefix;
    private ITrainingHook? _hook;
    private readonly Dictionary<int, List<ILinearTuner>> _linear = [];
    private readonly Dictionary<int, List<IEmbeddingTuner>> _embedding = [];
    private readonly Dictionary<int, ISubLayerTuner> _subLayer = [];
    private readonly Dictionary<int, ISubLayerJoin> _joins = [];
    private readonly Dictionary<int, List<IStreamTuner>> _stream = [];
    private readonly Dictionary<int, Tensor> _replaced = [];
    private readonly List<IFrontTuner> _front = [];
    private readonly List<IAttentionTuner> _attention = [];
    private readonly List<TrainableTensor> _trainable = [];
    private readonly List<ComputedTensor> _computed = [];
    private readonly List<CarriedTensor> _carried = [];
    private readonly List<TrainableTensor> _frozen = [];
    private readonly HashSet<string> _optional = new(StringComparer.Ordinal);
    private readonly HashSet<string> _ignored = new(StringComparer.Ordinal);
    private readonly List<string> _warnings = [];
    private readonly List<Tensor> _owned = [];
    private readonly ExpectedSizes _sizes;

    /// <param name="model">The model to plug into.</param>
    /// <param name="seed">The seed of random initial values.</param>
    /// <param name="keyPrefix">What stands before the names of the model's modules in the saved file.</param>
    /// <param name="file">The file that the tensors will be read from; null where there is none.</param>
    public AdapterBuilder(BaseModel model, long seed, string keyPrefix, ICheckpoint? file = null)
    {
        _sizes = new ExpectedSizes(model, file);
        Saved = file;
        _keyPrefix = keyPrefix;
        Model = model;
        Random = new Generator((ulong)seed);
    }

    public BaseModel Model { get; }

    /// <summary>The generator of every random initial value.</summary>
    public Generator Random { get; }

    /// <summary>The names of <c>modules_to_save</c>, with the heads of the task: modules that train whole and that no method adapts.</summary>
    public IReadOnlyList<string>? ModulesToSave { get; init; }

    /// <summary>The file that the tensors will be read from, or null.</summary>
    public ICheckpoint? Saved { get; }

    /// <summary>True where the tensors will be read from a file: their initial values do not matter, and what it does not hold is not built.</summary>
    public bool IsLoading { get; init; }

    /// <summary>What the method does while the adapter trains.</summary>
    public ITrainingHook? Hook
    {
        get => _hook;
        set => _hook = _hook is null
            ? value
            : throw new PeftException("Two methods of a union steer the training (coft, pissa_niter); train them one after the other.");
    }

    /// <summary>Meets a setting that has no effect: a warning in a trained folder, an error where someone sets it.</summary>
    /// <param name="what">The setting and why it has none.</param>
    /// <param name="remedy">What to do instead.</param>
    /// <exception cref="PeftException">The adapter is a fresh one.</exception>
    public void MeetWithoutEffect(string what, string remedy)
    {
        if (!IsLoading)
            throw new PeftException($"{what}; {remedy}.");
        Warn($"{what}; it has no effect.");
    }

    /// <summary>
    /// To be called before a tensor is made whose sizes come from the options: in a file they may be any numbers, and are
    /// refused here before they cost memory.
    /// </summary>
    /// <param name="key">The key that <see cref="Train"/> or <see cref="Store"/> will be given.</param>
    /// <param name="shape">Its sizes.</param>
    public void Expect(string key, params ReadOnlySpan<long> shape) => ExpectOwn(_keyPrefix + key, shape);

    /// <summary>The same for a whole key, as <see cref="TrainOwn"/> and <see cref="SaveFrozen"/> take it.</summary>
    public void ExpectOwn(string key, params ReadOnlySpan<long> shape) => _sizes.Expect(key, shape);

    /// <summary>Takes over <paramref name="value"/> as a tensor to train and to save under <paramref name="key"/>.</summary>
    public Tensor Train(string key, Tensor value) => TrainOwn(_keyPrefix + key, value);

    /// <summary>The same for a tensor that belongs to no module of the model, under its whole key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The initial value.</param>
    /// <param name="isSaved">False where what is saved is computed from it (<see cref="Compute"/>).</param>
    public Tensor TrainOwn(string key, Tensor value, bool isSaved = true)
    {
        using var scope = NewDisposeScope();
        Tensor leaf = Own(value.to(Widening.WideFor(Model.Dtype)).detach().contiguous().clone()).requires_grad_();
        _trainable.Add(new TrainableTensor(key, leaf) { IsSaved = isSaved });
        return leaf;
    }

    /// <summary>Trains a view of a trained tensor as a tensor of its own: each has its gradient, and both change the same numbers.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="view">A view, such as the transposed tensor.</param>
    public Tensor TrainView(string key, Tensor view)
    {
        Tensor leaf = Own(view.detach()).requires_grad_();
        _trainable.Add(new TrainableTensor(_keyPrefix + key, leaf));
        return leaf;
    }

    /// <summary>Takes over <paramref name="value"/> as a frozen tensor that is saved under <paramref name="key"/>.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="value">Its value.</param>
    /// <param name="optional">True where a file without it leaves the value as it is.</param>
    public Tensor Store(string key, Tensor value, bool optional = false)
    {
        using var scope = NewDisposeScope();
        Tensor frozen = SaveFrozen(_keyPrefix + key, value.to(Widening.WideFor(Model.Dtype)).detach().clone());
        if (optional)
            _optional.Add(_keyPrefix + key);
        return frozen;
    }

    /// <summary>Takes over a frozen tensor to save and to load with the adapter.</summary>
    /// <param name="key">Its whole key; no prefix is added.</param>
    /// <param name="value">fp32.</param>
    public Tensor SaveFrozen(string key, Tensor value)
    {
        _frozen.Add(new TrainableTensor(key, Own(value)));
        return value;
    }

    /// <summary>Saves, under a whole key, what is computed from trainable tensors that are not saved themselves.</summary>
    public void Compute(string key, Func<Tensor> compute) => _computed.Add(new ComputedTensor(key, compute));

    /// <summary>Saves a trained tensor under a further key, as HF does; on loading it is read over.</summary>
    public void Repeat(string key, Tensor trained) => Compute(_keyPrefix + key, () => trained.detach().alias());

    /// <summary>Keeps a frozen tensor alive as long as the adapter.</summary>
    public Tensor Own(Tensor value)
    {
        _owned.Add(value.DetachFromDisposeScope());
        return value;
    }

    public void Plug(Linear node, ILinearTuner tuner) => Add(_linear, node.Id, tuner);

    public void Plug(Embedding node, IEmbeddingTuner tuner) => Add(_embedding, node.Id, tuner);

    /// <summary>Plugs in behind a sub-layer; of two tuners there the later one comes after the earlier one.</summary>
    public void Plug(SubLayer node, ISubLayerTuner tuner) =>
        _subLayer[node.Id] = _subLayer.TryGetValue(node.Id, out ISubLayerTuner? first) ? SubLayerStack.Of([first, tuner]) : tuner;

    /// <summary>Says how the tuners of other adapters are joined behind a sub-layer.</summary>
    public void Plug(SubLayer node, ISubLayerJoin join) => _joins[node.Id] = join;

    public void Plug(StreamPoint node, IStreamTuner tuner) => Add(_stream, node.Id, tuner);

    public void Plug(IFrontTuner tuner) => _front.Add(tuner);

    public void Plug(IAttentionTuner tuner) => _attention.Add(tuner);

    /// <summary>The nodes that a method adapts.</summary>
    /// <exception cref="PeftException">There are none, or a name of the user's matches nothing.</exception>
    public IReadOnlyList<Node> Select(TargetSelection selection)
    {
        IReadOnlyList<Node> selected = selection.Select(Model, ModulesToSave, IsLoading);
        AdaptsTransposed = selected.OfType<Linear>().LastOrDefault()?.Weight.IsTransposed ?? false;
        return selected;
    }

    /// <summary>True where the last linear layer that a method adapts is stored transposed: what peft writes as <c>fan_in_fan_out</c>.</summary>
    public bool AdaptsTransposed { get; private set; }

    /// <summary>Lets a frozen tensor, owned by the adapter, stand in for a parameter, under all its names; it lies as <see cref="Parameter.Value"/>.</summary>
    public void Replace(Parameter parameter, Tensor value)
    {
        Own(value);
        SetAll(parameter, parameter.IsTransposed ? Own(parameter.Turned(value)) : value);
    }

    /// <summary>Trains a copy of a parameter in its place; a second request for the same parameter changes nothing.</summary>
    /// <param name="parameter">The parameter.</param>
    /// <param name="key">Its key in the saved file; null takes its own name.</param>
    public void TrainInPlace(Parameter parameter, string? key = null)
    {
        if (!_replaced.ContainsKey(parameter.Id))
            SetAll(parameter, Train(key ?? parameter.Name, parameter.Turned(StartOf(parameter))));
    }

    /// <summary>
    /// Trains every parameter of <see cref="ModulesToSave"/>. Of a tied pair only the side that is named changes, as in
    /// peft, unless they are to stay tied.
    /// </summary>
    /// <param name="keepTies">True to keep the other names of a tied weight with it (<c>ensure_weight_tying</c>).</param>
    public void TrainModules(bool keepTies = false)
    {
        foreach (Parameter parameter in Model.Parameters.Concat(Model.TiedParameters))
        {
            if (_replaced.ContainsKey(parameter.Id) || Adapters.ModulesToSave.WrapperOf(ModulesToSave, parameter.ModulePath) is not { } module)
                continue;
            RequireUnadapted(parameter, module);
            Tensor trained = Train(parameter.Name, parameter.Turned(StartOf(parameter)));
            _replaced[parameter.Id] = trained;
            if (keepTies)
                foreach (Parameter other in Model.NamesOf(parameter).Where(other => _replaced.TryAdd(other.Id, trained)))
                    Echo(other.Name, other, ofBase: false);
        }
    }

    /// <summary>
    /// Saves what the file has of the base's own weights beside the adapter, as peft loads it: embeddings of another
    /// vocabulary, a head that no list names.
    /// </summary>
    public void CarryFromFile()
    {
        if (Saved is null)
            return;
        HashSet<string> own = [.. _trainable.Concat(_frozen).Select(tensor => tensor.Key), .. _computed.Select(tensor => tensor.Key), .. _carried.Select(tensor => tensor.Key)];
        foreach (string key in Saved.Names.Where(key => !own.Contains(key) && key.StartsWith(_keyPrefix, StringComparison.Ordinal)))
        {
            string name = key[_keyPrefix.Length..];
            if (Model.FindParameter(name.Replace(".token_adapter.base_layer.", ".", StringComparison.Ordinal)) is { } parameter)
                Carry(name, parameter);
            // With a resized vocabulary peft saves both of its copies once more.
            else if (((string[])[".original_module.", ".modules_to_save."]).Any(copy => Model.FindParameter(name.Replace(copy, ".", StringComparison.Ordinal)) is not null))
                _ignored.Add(key);
        }
    }

    /// <summary>True where the file that is read holds a parameter of the base under its own name.</summary>
    public bool IsSaved(Parameter parameter) => Saved?.Contains(_keyPrefix + parameter.Name) ?? false;

    /// <summary>A key that two trained tensors have, or null.</summary>
    public string? DuplicateKey =>
        _trainable.GroupBy(tensor => tensor.Key, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1)?.Key;

    /// <summary>The names of the adapters that this one joins, in their order.</summary>
    public IReadOnlyList<string> Joined { get; set; } = [];

    /// <summary>True if a tuner sits around this node.</summary>
    public bool Adapts(Node node) => _linear.ContainsKey(node.Id) || _embedding.ContainsKey(node.Id);

    /// <summary>Says what the user should know of the adapter and no error stops.</summary>
    public void Warn(string message) => _warnings.Add(message);

    /// <summary>Saves a parameter's value with the adapter; on loading, a value that differs from the base's stands in for it.</summary>
    public void Carry(string key, Parameter parameter) => _carried.Add(new(_keyPrefix + key, parameter, AppliesOnLoad: true));

    /// <summary>Saves a parameter's value under a further key, as HF does; on loading it is read over.</summary>
    public void Echo(string key, Parameter parameter, bool ofBase) =>
        _carried.Add(new(_keyPrefix + key, parameter, AppliesOnLoad: false) { OfBase = ofBase });

    /// <summary>The finished adapter; the builder has nothing left to dispose.</summary>
    public Adapter Finish(string name, PeftOptions options)
    {
        AdapterSlots slots = new()
        {
            SubLayers = new Dictionary<int, ISubLayerTuner>(_subLayer),
            Joins = new Dictionary<int, ISubLayerJoin>(_joins),
            Stream = _stream.ToDictionary(pair => pair.Key, pair => pair.Value.ToArray()),
            Linear = _linear.ToDictionary(pair => pair.Key, pair => pair.Value.ToArray()),
            Embedding = _embedding.ToDictionary(pair => pair.Key, pair => pair.Value.ToArray()),
            Replaced = new(_replaced),
            Front = [.. _front],
            Attention = [.. _attention],
        };
        Adapter adapter = new(name, options, Model, slots, new()
        {
            Trainable = [.. _trainable],
            Computed = [.. _computed],
            Carried = [.. _carried],
            Frozen = [.. _frozen],
            Owned = [.. _owned],
        })
        {
            Hook = Hook,
            Warnings = [.. _warnings],
            Joined = Joined,
            OptionalKeys = _optional,
            IgnoredKeys = _ignored,
            SavedModules = ModulesToSave ?? [],
        };
        _owned.Clear();
        return adapter;
    }

    public void Dispose()
    {
        Random.Dispose();
        foreach (Tensor tensor in _owned)
            tensor.Dispose();
    }

    /// <summary>The rows of an embedding or a head: the base's, or those of a file made after the vocabulary was resized.</summary>
    public long RowsOf(Parameter table)
    {
        foreach (string copy in (ReadOnlySpan<string>)["base_layer.", "token_adapter.base_layer.", ""])
            if ($"{_keyPrefix}{table.ModulePath}.{copy}{table.LocalName}" is var key && Saved is not null && Saved.Contains(key) && Saved.Info(key).Shape is [var rows, _])
                return rows;
        return table.Value.shape[0];
    }

    /// <summary>What a copy of a parameter starts from, lying as <see cref="Parameter.Value"/>; of a vocabulary's tables with the rows that the file has.</summary>
    public Tensor StartOf(Parameter parameter)
    {
        if (!Model.IsOfVocabulary(parameter) || RowsOf(parameter) is var rows && rows == parameter.Value.shape[0])
            return parameter.Value;
        return zeros([rows, parameter.Value.shape[1]], dtype: parameter.Value.dtype, device: parameter.Value.device);
    }

    private void SetAll(Parameter parameter, Tensor value)
    {
        foreach (Parameter name in Model.NamesOf(parameter))
            _replaced[name.Id] = value;
    }

    /// <summary>peft would train a copy of the adapter's layer itself; that is never meant.</summary>
    private void RequireUnadapted(Parameter parameter, string module)
    {
        Node? node = Model.Nodes.FirstOrDefault(node => node.Parameters.Contains(parameter));
        if (node is not null && Adapts(node))
            throw new PeftException($"modules_to_save trains '{module}' whole, since a name in it is the end of that path, and the method adapts '{node.Path}' too; write the whole name of the module that is meant.");
    }

    private static void Add<T>(Dictionary<int, List<T>> slots, int id, T tuner)
    {
        if (!slots.TryGetValue(id, out List<T>? chain))
            slots[id] = chain = [];
        chain.Add(tuner);
    }
}

/// <summary>A value of the base that is saved with an adapter.</summary>
internal sealed record CarriedTensor(string Key, Parameter Parameter, bool AppliesOnLoad)
{
    /// <summary>True for the base's value even where the adapter replaces the parameter.</summary>
    public bool OfBase { get; init; }
}
