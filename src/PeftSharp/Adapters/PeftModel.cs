using System.Collections.Immutable;
using PeftSharp.Methods;
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
                _table.Plans(value);
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
        return Register(PeftMethods.Build(Base, options, name, seed));
    }

    /// <summary>Reads an adapter folder as HF PEFT and PeftSharp write it.</summary>
    /// <param name="folder">The folder with <c>adapter_config.json</c>.</param>
    /// <param name="name">The name it gets here.</param>
    /// <exception cref="PeftException">The folder does not fit the model; the message names the keys.</exception>
    public Adapter LoadAdapter(string folder, string name = DefaultAdapter) =>
        Register(AdapterFolder.Load(Base, folder, name));

    /// <summary>Writes an adapter folder: <c>adapter_config.json</c> and <c>adapter_model.safetensors</c>.</summary>
    /// <param name="folder">
    /// The adapter named <c>default</c> goes into the folder itself, any other into a sub-folder of its name, as in HF.
    /// </param>
    /// <param name="name">Which adapter.</param>
    public void SaveAdapter(string folder, string name = DefaultAdapter) =>
        AdapterFolder.Save(Find(name), name == DefaultAdapter ? folder : Path.Combine(folder, name));

    /// <summary>Takes an adapter out and frees its tensors.</summary>
    /// <exception cref="PeftException">There is none of that name.</exception>
    public void RemoveAdapter(string name)
    {
        Adapter adapter = Find(name);
        lock (_adding)
        {
            var rest = _table.Adapters.Remove(name);
            bool active = _table.Active is Composition.Stack stack && stack.Names.Contains(name);
            _table = new Table(rest, active ? Composition.None : _table.Active);
        }
        adapter.Dispose();
    }

    /// <summary>A pass over the base with the adapters that a composition names.</summary>
    /// <param name="composition">Null takes <see cref="Active"/>.</param>
    /// <param name="training">True to apply dropout.</param>
    /// <exception cref="PeftException">An adapter that the composition names is not there.</exception>
    public Pass Pass(Composition? composition = null, bool training = false)
    {
        if (composition is null && _merged is { } merged)
            return new Pass(merged.Plan, training);
        Table table = _table;
        (TunerPlan one, IReadOnlyList<TunerPlan>? rows) = table.Plans(composition ?? table.Active);
        return rows is null ? new Pass(one, training) : new Pass(rows, training);
    }

    /// <summary>The task's output; see <see cref="BaseModel.Forward"/>.</summary>
    public Tensor Forward(ModelInput input, Composition? composition = null) => Base.Forward(input, Pass(composition));

    /// <summary>The weights of the base with adapters written into them; the base itself stays as it is.</summary>
    /// <param name="composition">Null takes <see cref="Active"/>.</param>
    /// <param name="safeMerge">True to check that every merged value is finite.</param>
    /// <exception cref="PeftException">A method of the composition cannot be merged, or a value is not finite.</exception>
    public MergedWeights MergedWeights(Composition? composition = null, bool safeMerge = true)
    {
        if ((composition ?? Active) is not Composition.Stack stack)
            throw new PeftException("A mixed batch has no merged weights; merge one adapter, or a stack of them.");
        return Merger.Merge(Base, [.. stack.Names.Select(Find)], safeMerge);
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

    /// <summary>The adapters at one moment, and the plans made of them.</summary>
    private sealed class Table(ImmutableDictionary<string, Adapter> adapters, Composition active)
    {
        private readonly System.Collections.Concurrent.ConcurrentDictionary<string, TunerPlan> _plans = new(StringComparer.Ordinal);

        public ImmutableDictionary<string, Adapter> Adapters { get; } = adapters;

        public Composition Active { get; } = active;

        public Adapter Find(string name) =>
            Adapters.TryGetValue(name, out Adapter? adapter)
                ? adapter
                : throw new PeftException(
                    $"There is no adapter named '{name}'; loaded are {(Adapters.IsEmpty ? "none" : string.Join(", ", Adapters.Keys.Order(StringComparer.Ordinal)))}.");

        /// <summary>One plan for all rows, or one a row.</summary>
        public (TunerPlan One, IReadOnlyList<TunerPlan>? Rows) Plans(Composition composition) => composition switch
        {
            Composition.Rows rows => (TunerPlan.Empty, [.. rows.Names.Select(name => name == Composition.BaseName ? TunerPlan.Empty : PlanOf([name]))]),
            Composition.Stack stack => (PlanOf(stack.Names), null),
            _ => throw new PeftException($"Unknown composition {composition}."),
        };

        private TunerPlan PlanOf(IReadOnlyList<string> names) =>
            names.Count == 0
                ? TunerPlan.Empty
                : _plans.GetOrAdd(string.Join('\n', names), _ => AdapterPlans.Combine([.. names.Select(Find)]));
    }
}
