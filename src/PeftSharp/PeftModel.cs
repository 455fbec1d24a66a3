using PeftSharp.AdapterFolders;
using PeftSharp.AdapterFolders.Hub;
using PeftSharp.Adapters;
using PeftSharp.Methods;
using PeftSharp.Methods.AdapterFusion;
using PeftSharp.Methods.Averaging;
using PeftSharp.Methods.Lora.Combining;
using PeftSharp.Methods.Lora.Converting;
using PeftSharp.Models;
using PeftSharp.Tensors;
using static TorchSharp.torch;

namespace PeftSharp;

/// <summary>
/// A base model and its named adapters. Adding, replacing and removing adapters swaps an immutable table, so calls that are
/// running keep what they started with: what was taken out is freed when the last of them ends.
/// </summary>
public sealed class PeftModel : IAdapterTables, IDisposable
{
    /// <summary>The name of the adapter that a folder holds at its root, as in HF PEFT.</summary>
    public const string DefaultAdapter = Adapter.DefaultName;

    private readonly Lock _adding = new();
    private volatile AdapterTable _table = AdapterTable.Empty;
    private volatile bool _disposed;

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
                    Table.Find(name);
                _table = _table.With(value);
            }
        }
    }

    /// <summary>The most tokens that a text may have whichever adapter is active: the model's positions less those of virtual tokens.</summary>
    public int MaxTokens => Base.MaxPositions - Most(Base.PositionsTaken);

    /// <summary>The most tokens of a text that is written, likewise; in an encoder-decoder the decoder's.</summary>
    public int MaxTargetTokens => Base.MaxTargetPositions - Most(Base.TargetPositionsTaken);

    /// <summary>The rows of the largest token embedding: the base's, or that of an adapter made after the vocabulary had grown.</summary>
    public long VocabularySize =>
        _table.Adapters.Keys.Select(name => Base.VocabularyOf(Pass(Composition.Of(name)))).Append(Base.VocabularySize).Max();

    /// <summary>True while <see cref="Merge"/> is in force.</summary>
    public bool IsMerged => _table.Merged is not null;

    /// <summary>What there is at this moment.</summary>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    internal AdapterTable Table
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _table;
        }
    }

    AdapterTable IAdapterTables.Table => Table;

    /// <summary>Makes a fresh adapter.</summary>
    /// <param name="options">The method and its settings.</param>
    /// <param name="name">Its name.</param>
    /// <param name="seed">The seed of its initial values.</param>
    /// <exception cref="PeftException">The options do not fit the model, or the name is taken.</exception>
    public Adapter AddAdapter(PeftOptions options, string name = DefaultAdapter, long seed = 42)
    {
        ArgumentNullException.ThrowIfNull(options);
        using UseCount.Use use = Base.Users.Enter();
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
        options = JoinedAdapters.Named(options);
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
        using AdapterHold hold = Hold();
        return Register(AdapterAverage.Of([.. adapters.Select(hold.Find)], name, weights, normalize, strategy, svdRank));
    }

    /// <summary>Combines LoRA adapters into one, as peft 0.21.2 does.</summary>
    /// <param name="name">The name of the new adapter.</param>
    /// <param name="combination">Which, with which weights, and how.</param>
    /// <exception cref="PeftException">An adapter is no plain LoRA, or the settings do not fit; says which.</exception>
    public Adapter AddWeightedAdapter(string name, WeightedCombination combination)
    {
        ArgumentNullException.ThrowIfNull(combination);
        using AdapterHold hold = Hold();
        return Register(LoraCombiner.Combine(Base, [.. combination.Adapters.Select(hold.Find)], name, combination));
    }

    /// <summary>Rewrites an adapter of any mergeable method as plain LoRA and adds the result.</summary>
    /// <param name="adapter">The adapter to convert; it stays.</param>
    /// <param name="name">The name of the result.</param>
    /// <param name="rank">The rank of the result.</param>
    /// <exception cref="PeftException">The method has no form as a change of weights; the message says why.</exception>
    public LoraConversion ConvertToLora(string adapter, string name, ConversionRank rank)
    {
        using AdapterHold hold = Hold();
        LoraConversion made = LoraConverter.Convert(Base, hold.Find(adapter), name, rank);
        Register(made.Adapter);
        return made;
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
        using UseCount.Use use = Base.Users.Enter();
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
    /// Puts the adapter of a folder in the place of one that is loaded: calls that begin afterwards use the new one, running
    /// calls end with the old one, and none finds neither. Weights that were merged (<see cref="Merge"/>) stay as they are.
    /// </summary>
    /// <param name="folder">The folder with <c>adapter_config.json</c>.</param>
    /// <param name="name">The name of both.</param>
    /// <exception cref="AdapterNotFoundException">There is none of that name.</exception>
    /// <exception cref="PeftException">The folder does not fit the model; the old adapter stays.</exception>
    public Adapter ReplaceAdapter(string folder, string name = DefaultAdapter)
    {
        ArgumentNullException.ThrowIfNull(folder);
        using UseCount.Use use = Base.Users.Enter();
        Find(name);
        Adapter fresh = AdapterFolder.Load(Base, folder, name);
        try
        {
            if (fresh.Options is FusionOptions)
                throw new PeftException($"{folder} is a fusion, which brings adapters of its own along; load it under another name and remove '{name}'.");
            Adapter old;
            lock (_adding)
            {
                old = Table.Find(name);
                _table = _table.With(_table.Adapters.SetItem(name, fresh));
            }
            old.Dispose();
            return fresh;
        }
        catch
        {
            fresh.Dispose();
            throw;
        }
    }

    /// <summary><see cref="ReplaceAdapter"/> on a thread of the pool.</summary>
    /// <param name="folder">The folder with <c>adapter_config.json</c>.</param>
    /// <param name="name">The name of both.</param>
    /// <param name="cancellationToken">Cancels before the load begins; a load that runs is finished.</param>
    public Task<Adapter> ReplaceAdapterAsync(string folder, string name = DefaultAdapter, CancellationToken cancellationToken = default) =>
        Task.Run(() => ReplaceAdapter(folder, name), cancellationToken);

    /// <summary>
    /// Writes an adapter folder: <c>adapter_config.json</c> and <c>adapter_model.safetensors</c>; a fusion with its adapters
    /// in sub-folders.
    /// </summary>
    /// <param name="folder">
    /// The adapter named <c>default</c> goes into the folder itself, any other into a sub-folder of its name, as in HF.
    /// </param>
    /// <param name="name">Which adapter.</param>
    public void SaveAdapter(string folder, string name = DefaultAdapter)
    {
        using AdapterHold hold = Hold();
        JoinedAdapters.Save(this, hold.Find(name), name == DefaultAdapter ? folder : Path.Combine(folder, name));
    }

    /// <summary>
    /// Writes an adapter as AdapterHub's <c>adapters</c> library does: <c>adapter_config.json</c> and
    /// <c>adapter.safetensors</c>, and with the head <c>head_config.json</c> and <c>model_head.safetensors</c>.
    /// <see cref="LoadAdapter"/> reads both forms.
    /// </summary>
    /// <param name="folder">The folder; the adapter lies in it whatever its name.</param>
    /// <param name="name">Which adapter.</param>
    /// <param name="withHead">Whether the head of the task is saved too.</param>
    /// <exception cref="PeftException">AdapterHub has no such method.</exception>
    public void SaveHubAdapter(string folder, string name = DefaultAdapter, bool withHead = true)
    {
        using AdapterHold hold = Hold();
        HubFolder.Save(hold.Find(name), folder, name, withHead);
    }

    /// <summary>Takes an adapter out: at once for calls that begin afterwards; its tensors are freed when no running call uses them.</summary>
    /// <exception cref="AdapterNotFoundException">There is none of that name.</exception>
    public void RemoveAdapter(string name)
    {
        Adapter adapter;
        lock (_adding)
        {
            adapter = Table.Find(name);
            AdapterTable rest = _table.With(_table.Adapters.Remove(name));
            _table = rest.Active.Names.Contains(name) ? rest.With(Composition.None) : rest;
        }
        adapter.Dispose();
    }

    /// <summary>A pass over the base with the adapters that a composition names.</summary>
    /// <param name="composition">Null takes <see cref="Active"/>.</param>
    /// <param name="training">True to apply dropout.</param>
    /// <param name="gradientCheckpointing">What <see cref="Models.Pass.GradientCheckpointing"/> says.</param>
    /// <exception cref="AdapterNotFoundException">An adapter that the composition names is not there.</exception>
    /// <remarks>Once one of its adapters was removed, the pass ends in an <see cref="ObjectDisposedException"/> where it is used.</remarks>
    public Pass Pass(Composition? composition = null, bool training = false, bool gradientCheckpointing = false) =>
        Table.Pass(composition, training, gradientCheckpointing, isHeld: false);

    /// <summary>The task's output; see <see cref="BaseModel.Forward"/>.</summary>
    public Tensor Forward(ModelInput input, Composition? composition = null)
    {
        ArgumentNullException.ThrowIfNull(input);
        using AdapterHold hold = Hold();
        if ((composition ?? hold.Active) is not { } wanted || !wanted.HasParallel())
            return Base.Forward(input, hold.Pass(composition));
        int batch = (int)input.InputIds.shape[0];
        int copies = wanted.Expand(batch)!.Count / batch;
        using var scope = NewDisposeScope();
        ModelInput repeated = input with
        {
            InputIds = input.InputIds.repeat(copies, 1),
            AttentionMask = input.AttentionMask?.repeat(copies, 1),
            TokenTypeIds = input.TokenTypeIds?.repeat(copies, 1),
            PositionIds = input.PositionIds?.repeat(copies, 1),
            TaskIds = input.TaskIds?.repeat(copies),
        };
        return Base.Forward(repeated, hold.PassOf(wanted, batch)).MoveToOuterDisposeScope();
    }

    /// <summary>The weights of the base with adapters written into them; the base itself stays as it is.</summary>
    /// <param name="composition">Null takes <see cref="Active"/>.</param>
    /// <param name="safeMerge">True to check that every merged value is finite.</param>
    /// <exception cref="PeftException">A method of the composition cannot be merged, or a value is not finite.</exception>
    public MergedWeights MergedWeights(Composition? composition = null, bool safeMerge = true)
    {
        using AdapterHold hold = Hold();
        composition ??= hold.Active;
        if (composition.Kind is not (CompositionKind.Single or CompositionKind.Stack) || composition.Children.Any(child => child.Kind != CompositionKind.Single))
            throw new PeftException($"{composition} has no merged weights; merge one adapter, or a stack of them.");
        return Merger.Merge(Base, [.. composition.Names.Select(hold.Find)], safeMerge);
    }

    /// <summary>
    /// From now on calls without a composition run on merged weights: no adapter arithmetic is left.
    /// <see cref="Unmerge"/> goes back to exactly what was before.
    /// </summary>
    /// <param name="composition">Null takes <see cref="Active"/>.</param>
    /// <param name="safeMerge">True to check that every merged value is finite.</param>
    public void Merge(Composition? composition = null, bool safeMerge = true)
    {
        RequireUnmerged();
        MergedWeights merged = MergedWeights(composition, safeMerge);
        lock (_adding)
        {
            try
            {
                RequireUnmerged();
                _table = Table.With(merged);
            }
            catch
            {
                merged.Dispose();
                throw;
            }
        }
    }

    /// <summary>Ends <see cref="Merge"/>; the merged weights are freed when no running call uses them.</summary>
    public void Unmerge()
    {
        MergedWeights? merged;
        lock (_adding)
        {
            merged = _table.Merged;
            _table = _table.With((MergedWeights?)null);
        }
        merged?.Dispose();
    }

    /// <summary>The adapter of a name.</summary>
    /// <exception cref="AdapterNotFoundException">There is none; the message names those that are.</exception>
    public Adapter Find(string name) => Table.Find(name);

    /// <summary>A parameter of the head that neither the base's files nor an adapter's had, so that it is random; null where the head is trained.</summary>
    public string? UntrainedHead
    {
        get
        {
            AdapterTable table = Table;
            return Base.NewlyInitialised.FirstOrDefault(name => !table.Adapters.Values.Any(adapter => adapter.Replaced.ContainsKey(adapter.Model.FindParameter(name)!.Id)));
        }
    }

    /// <summary>
    /// Frees the adapters as soon as no running call uses them; calls from now on get an <see cref="ObjectDisposedException"/>.
    /// The base is its owner's.
    /// </summary>
    public void Dispose()
    {
        AdapterTable last;
        lock (_adding)
        {
            _disposed = true;
            last = _table;
            _table = AdapterTable.Empty;
        }
        last.Merged?.Dispose();
        foreach (Adapter adapter in last.Adapters.Values)
            adapter.Dispose();
    }

    /// <summary>Begins a use of the model that takes more than one pass.</summary>
    /// <exception cref="ObjectDisposedException">The model or its base was disposed.</exception>
    internal AdapterHold Hold() => AdapterHold.Begin(this);

    /// <summary>Adds a finished adapter.</summary>
    internal Adapter Register(Adapter adapter)
    {
        lock (_adding)
        {
            if (_disposed || _table.Adapters.ContainsKey(adapter.Name) || adapter.Name == Composition.BaseName)
            {
                adapter.Dispose();
                ObjectDisposedException.ThrowIf(_disposed, this);
                throw new PeftException($"There is an adapter named '{adapter.Name}' already; give another name or remove it first.");
            }
            AdapterTable next = _table.With(_table.Adapters.Add(adapter.Name, adapter));
            _table = _table.Adapters.IsEmpty ? next.With(Composition.Of(adapter.Name)) : next;
        }
        return adapter;
    }

    private void RequireUnmerged()
    {
        if (_table.Merged is not null)
            throw new PeftException("The model is merged already; call Unmerge first.");
    }

    /// <summary>The most positions that the virtual tokens of an adapter, or of the active ones, take.</summary>
    private int Most(Func<Pass, int> taken) =>
        Table.Adapters.Keys.Select(name => taken(Pass(Composition.Of(name)))).Append(taken(Pass())).Max();
}
