using System.Collections.Immutable;
using PeftSharp.Adapters.Hub;
using PeftSharp.Methods;
using PeftSharp.Methods.AdapterFusion;
using PeftSharp.Models;
using static TorchSharp.torch;

namespace PeftSharp.Adapters;

/// <summary>
/// A base model and its named adapters. Adding and removing adapters replaces an immutable table, so calls that are
/// running keep what they started with; dispose an adapter only when no call uses it.
/// </summary>
public sealed class PeftModel : IDisposable
{
    /// <summary>The name of the adapter that a folder holds at its root, as in HF PEFT.</summary>
    public const string DefaultAdapter = "default";

    private readonly Lock _adding = new();
    private volatile Table _table = new(ImmutableDictionary<string, Adapter>.Empty, Composition.None);
    private MergedWeights? _merged;

    /// <summary>Wraps a base model, which the caller goes on owning.</summary>
    public PeftModel(BaseModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        Base = model;
    }

    /// <summary>The frozen base model.</summary>
    public BaseModel Base { get; }

    /// <summary>The adapters by name.</summary>
    public IReadOnlyDictionary<string, Adapter> Adapters => _table.Adapters;

    /// <summary>What a call without a composition uses: at first the adapter that was added first.</summary>
    public Composition Active
    {
        get => _table.Active;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            lock (_adding)
            {
                foreach (string name in value.Names)
                    _table.Find(name);
                _table = new Table(_table.Adapters, value);
            }
        }
    }

    /// <summary>The most tokens that a text may have whichever adapter is active: the model's positions less those of virtual tokens.</summary>
    public int MaxTokens
    {
        get
        {
            Table table = _table;
            int taken = table.Adapters.Keys.Select(name => Pass(Composition.Of(name)).Virtual.Positions).DefaultIfEmpty().Max();
            return Base.MaxPositions - Math.Max(taken, Pass().Virtual.Positions);
        }
    }

    /// <summary>True while <see cref="Merge"/> is in force.</summary>
    public bool IsMerged => _merged is not null;

    /// <summary>Makes a fresh adapter.</summary>
    /// <param name="options">The method and its settings.</param>
    /// <param name="name">Its name.</param>
    /// <param name="seed">The seed of its initial values.</param>
    /// <exception cref="PeftException">The options do not fit the model, or the name is taken.</exception>
    public Adapter AddAdapter(PeftOptions options, string name = DefaultAdapter, long seed = 42)
    {
        ArgumentNullException.ThrowIfNull(options);
        return options is FusionOptions { Places.Count: 0 } fusion
            ? AddFusion(fusion, name, seed)
            : Register(PeftMethods.Build(Base, options, name, seed));
    }

    /// <summary>
    /// Makes a fresh fusion of adapters, wherever one of them works; it is used through <see cref="Composition.Fuse"/>. Added
    /// to a model without adapters, it is what calls without a composition use.
    /// </summary>
    /// <param name="options">The names of the adapters or their folders, and how they are mixed; <c>Places</c> is filled in.</param>
    /// <param name="name">Its name; null takes the adapters' with commas between them.</param>
    /// <param name="seed">The seed of its initial values.</param>
    /// <exception cref="PeftException">An adapter is not there or is no bottleneck adapter.</exception>
    public Adapter AddFusion(FusionOptions options, string? name = null, long seed = 42)
    {
        ArgumentNullException.ThrowIfNull(options);
        options = options.Named();
        bool isFirst = Adapters.Count == 0;
        IReadOnlyList<string> brought = JoinedAdapters.Add(this, JoinedAdapters.Of(options));
        try
        {
            foreach (string missing in options.Adapters.Where(adapter => !Adapters.ContainsKey(adapter)))
                throw new PeftException($"The fusion mixes '{missing}', which is not loaded; load it first, or give the adapters' folders in adapter_folders.");
            Adapter[] adapters = [.. options.Adapters.Select(Find)];
            foreach (Adapter adapter in adapters)
                if (adapter.SubLayers.Count == 0)
                    throw new PeftException($"'{adapter.Name}' ({adapter.Options.PeftType}) has no bottleneck adapters, and a fusion mixes only those.");
            HashSet<int> places = [.. adapters.SelectMany(adapter => adapter.SubLayers.Keys)];
            options = options with { Places = [.. Base.Nodes.Where(node => places.Contains(node.Id)).Select(node => node.Path)] };
            Adapter fusion = Register(PeftMethods.Build(Base, options, name ?? string.Join(',', options.Adapters), seed));
            if (isFirst)
                Active = Composition.Of(fusion.Name);
            return fusion;
        }
        catch
        {
            JoinedAdapters.Remove(this, brought);
            throw;
        }
    }

    /// <summary>Makes one adapter out of several of the same method and shape: the weighted sum of their tensors.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="adapters">The names of the adapters.</param>
    /// <param name="weights">One for each; null weighs all alike.</param>
    /// <param name="normalize">Whether the weights are scaled to sum up to 1.</param>
    /// <param name="strategy">
    /// <c>linear</c>, or for AdapterHub's LoRA <c>lora_linear_only_negate_b</c> (A with the weights' sizes) and
    /// <c>lora_delta_w_svd</c> (the adapters may differ in rank).
    /// </param>
    /// <param name="svdRank">The rank of <c>lora_delta_w_svd</c>; null keeps the first adapter's.</param>
    /// <exception cref="PeftException">The adapters differ in method or shape, or the strategy is not for them.</exception>
    public Adapter AverageAdapters(
        string name, IReadOnlyList<string> adapters, IReadOnlyList<double>? weights = null, bool normalize = true,
        string strategy = "linear", int? svdRank = null)
    {
        ArgumentNullException.ThrowIfNull(adapters);
        return Register(AdapterAverage.Of([.. adapters.Select(Find)], name, weights, normalize, strategy, svdRank));
    }

    /// <summary>
    /// Loads a folder with AdapterHub's <c>adapter_setup.json</c>: its adapters and fusions by their folders' names. What the
    /// file says becomes <see cref="Active"/>.
    /// </summary>
    /// <exception cref="PeftException">A folder does not fit the model, or the setup is not understood.</exception>
    public Composition LoadHubSetup(string folder) => Active = HubSetup.Load(this, folder);

    /// <summary>Reads an adapter folder as HF PEFT and PeftSharp write it; a fusion with the adapters in its sub-folders.</summary>
    /// <param name="folder">The folder with <c>adapter_config.json</c>.</param>
    /// <param name="name">The name it gets here.</param>
    /// <exception cref="PeftException">The folder does not fit the model; the message names the keys.</exception>
    public Adapter LoadAdapter(string folder, string name = DefaultAdapter)
    {
        Adapter adapter = Register(AdapterFolder.Load(Base, folder, name));
        try
        {
            if (adapter.Options is FusionOptions fusion)
                JoinedAdapters.Add(this, JoinedAdapters.In(folder, fusion));
            return adapter;
        }
        catch
        {
            RemoveAdapter(adapter.Name);
            throw;
        }
    }

    /// <summary>
    /// Writes an adapter folder: <c>adapter_config.json</c> and <c>adapter_model.safetensors</c>; a fusion with its adapters
    /// in sub-folders.
    /// </summary>
    /// <param name="folder">
    /// The adapter named <c>default</c> goes into the folder itself, any other into a sub-folder of its name, as in HF.
    /// </param>
    /// <param name="name">Which adapter.</param>
    public void SaveAdapter(string folder, string name = DefaultAdapter) =>
        JoinedAdapters.Save(this, Find(name), name == DefaultAdapter ? folder : Path.Combine(folder, name));

    /// <summary>
    /// Writes an adapter as AdapterHub's <c>adapters</c> library does: <c>adapter_config.json</c> and
    /// <c>adapter.safetensors</c>, and with the head <c>head_config.json</c> and <c>model_head.safetensors</c>.
    /// <see cref="LoadAdapter"/> reads both forms.
    /// </summary>
    /// <param name="folder">The folder; the adapter lies in it whatever its name.</param>
    /// <param name="name">Which adapter.</param>
    /// <param name="withHead">Whether the head of the task is saved too.</param>
    /// <exception cref="PeftException">AdapterHub has no such method.</exception>
    public void SaveHubAdapter(string folder, string name = DefaultAdapter, bool withHead = true) =>
        HubFolder.Save(Find(name), folder, name, withHead);

    /// <summary>Takes an adapter out and frees its tensors.</summary>
    /// <exception cref="PeftException">There is none of that name.</exception>
    public void RemoveAdapter(string name)
    {
        Adapter adapter = Find(name);
        lock (_adding)
        {
            var rest = _table.Adapters.Remove(name);
            bool active = _table.Active.Names.Contains(name);
            _table = new Table(rest, active ? Composition.None : _table.Active);
        }
        adapter.Dispose();
    }

    /// <summary>A pass over the base with the adapters that a composition names.</summary>
    /// <param name="composition">Null takes <see cref="Active"/>.</param>
    /// <param name="training">True to apply dropout.</param>
    /// <param name="gradientCheckpointing">What <see cref="Models.Pass.GradientCheckpointing"/> says.</param>
    /// <exception cref="PeftException">An adapter that the composition names is not there.</exception>
    public Pass Pass(Composition? composition = null, bool training = false, bool gradientCheckpointing = false)
    {
        if (composition is null && _merged is { } merged)
            return new Pass(merged.Plan, training) { GradientCheckpointing = gradientCheckpointing };
        Table table = _table;
        composition ??= table.Active;
        if (composition.HasParallel())
            throw new PeftException($"{composition} repeats the batch, which only PeftModel.Forward does.");
        return PassOf(table, composition, composition.BatchOf() ?? 1, training, gradientCheckpointing);
    }

    /// <summary>The task's output; see <see cref="BaseModel.Forward"/>.</summary>
    public Tensor Forward(ModelInput input, Composition? composition = null)
    {
        ArgumentNullException.ThrowIfNull(input);
        Table table = _table;
        if ((composition ?? table.Active) is not { } wanted || !wanted.HasParallel())
            return Base.Forward(input, Pass(composition));
        int batch = (int)input.InputIds.shape[0];
        int copies = wanted.Expand(batch)!.Count / batch;
        using var scope = NewDisposeScope();
        ModelInput repeated = input with
        {
            InputIds = input.InputIds.repeat(copies, 1),
            AttentionMask = input.AttentionMask?.repeat(copies, 1),
            TokenTypeIds = input.TokenTypeIds?.repeat(copies, 1),
            TaskIds = input.TaskIds?.repeat(copies),
        };
        return Base.Forward(repeated, PassOf(table, wanted, batch, training: false)).MoveToOuterDisposeScope();
    }

    /// <summary>The weights of the base with adapters written into them; the base itself stays as it is.</summary>
    /// <param name="composition">Null takes <see cref="Active"/>.</param>
    /// <param name="safeMerge">True to check that every merged value is finite.</param>
    /// <exception cref="PeftException">A method of the composition cannot be merged, or a value is not finite.</exception>
    public MergedWeights MergedWeights(Composition? composition = null, bool safeMerge = true)
    {
        composition ??= Active;
        if (composition.Kind is not (CompositionKind.Single or CompositionKind.Stack) || composition.Children.Any(child => child.Kind != CompositionKind.Single))
            throw new PeftException($"{composition} has no merged weights; merge one adapter, or a stack of them.");
        return Merger.Merge(Base, [.. composition.Names.Select(Find)], safeMerge);
    }

    /// <summary>
    /// From now on calls without a composition run on merged weights: no adapter arithmetic is left.
    /// <see cref="Unmerge"/> goes back to exactly what was before.
    /// </summary>
    /// <param name="composition">Null takes <see cref="Active"/>.</param>
    /// <param name="safeMerge">True to check that every merged value is finite.</param>
    public void Merge(Composition? composition = null, bool safeMerge = true)
    {
        if (_merged is not null)
            throw new PeftException("The model is merged already; call Unmerge first.");
        _merged = MergedWeights(composition, safeMerge);
    }

    /// <summary>Ends <see cref="Merge"/> and frees the merged weights.</summary>
    public void Unmerge()
    {
        _merged?.Dispose();
        _merged = null;
    }

    /// <summary>The adapter of a name.</summary>
    /// <exception cref="PeftException">There is none; the message names those that are.</exception>
    public Adapter Find(string name) => _table.Find(name);

    /// <summary>A parameter of the head that neither the base's files nor an adapter's had, so that it is random; null where the head is trained.</summary>
    public string? UntrainedHead
    {
        get
        {
            Table table = _table;
            return Base.NewlyInitialised.FirstOrDefault(name => !table.Adapters.Values.Any(adapter => adapter.Replaced.ContainsKey(Base.FindParameter(name)!.Id)));
        }
    }

    /// <summary>Frees the adapters; the base is its owner's.</summary>
    public void Dispose()
    {
        Unmerge();
        foreach (Adapter adapter in Adapters.Values)
            adapter.Dispose();
    }

    /// <summary>Adds a finished adapter.</summary>
    internal Adapter Register(Adapter adapter)
    {
        lock (_adding)
        {
            if (_table.Adapters.ContainsKey(adapter.Name) || adapter.Name == Composition.BaseName)
            {
                adapter.Dispose();
                throw new PeftException($"There is an adapter named '{adapter.Name}' already; give another name or remove it first.");
            }
            Composition active = _table.Adapters.IsEmpty ? Composition.Of(adapter.Name) : _table.Active;
            _table = new Table(_table.Adapters.Add(adapter.Name, adapter), active);
        }
        return adapter;
    }

    private static Pass PassOf(Table table, Composition composition, int batch, bool training, bool gradientCheckpointing = false) =>
        composition.Expand(batch) is { } rows
            ? new Pass([.. rows.Select(table.PlanOf)], training) { GradientCheckpointing = gradientCheckpointing }
            : new Pass(table.PlanOf(composition), training) { GradientCheckpointing = gradientCheckpointing };

    /// <summary>The adapters at one moment, and the plans made of them.</summary>
    private sealed class Table(ImmutableDictionary<string, Adapter> adapters, Composition active)
    {
        private readonly System.Collections.Concurrent.ConcurrentDictionary<Composition, TunerPlan> _plans = new();

        public ImmutableDictionary<string, Adapter> Adapters { get; } = adapters;

        public Composition Active { get; } = active;

        public Adapter Find(string name) =>
            Adapters.TryGetValue(name, out Adapter? adapter)
                ? adapter
                : throw new PeftException(
                    $"There is no adapter named '{name}'; loaded are {(Adapters.IsEmpty ? "none" : string.Join(", ", Adapters.Keys.Order(StringComparer.Ordinal)))}.");

        /// <summary>The plan of a composition that is the same for all rows.</summary>
        public TunerPlan PlanOf(Composition composition) =>
            composition == Composition.None ? TunerPlan.Empty : _plans.GetOrAdd(composition, one => AdapterPlans.Combine(one, Find));
    }
}
