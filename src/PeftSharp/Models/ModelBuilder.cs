using PeftSharp.Kernels;
using PeftSharp.Kernels.Int8;
using PeftSharp.Kernels.Packed;
using PeftSharp.Models.Nodes;
using static TorchSharp.torch;

namespace PeftSharp.Models;

/// <summary>
/// Builds nodes from named weights: a family says "a linear node at this path, this wide", and the builder loads,
/// checks, ties and registers. Names in a checkpoint may lack the prefix of the backbone inside a task model
/// (<c>bert.</c>, <c>model.</c>) or carry it where the bare backbone is built.
/// </summary>
internal sealed class ModelBuilder
{
    private readonly IWeightSource _weights;
    private readonly IReadOnlyList<string> _prefixes;
    private readonly double _initializerRange;
    private readonly long _seed;
    private readonly Dictionary<string, Parameter> _byName = new(StringComparer.Ordinal);
    private readonly List<Parameter> _parameters = [];
    private readonly List<Parameter> _tied = [];
    private readonly List<Node> _nodes = [];
    private readonly Dictionary<string, Tensor> _buffers = new(StringComparer.Ordinal);
    private readonly List<string> _newlyInitialised = [];
    private readonly Dictionary<string, string> _storedAs = new(StringComparer.Ordinal);

    /// <param name="weights">Where tensors come from.</param>
    /// <param name="prefixes">What may stand before the backbone's own names in a task model of this family, such as <c>bert.</c></param>
    /// <param name="dtype">The compute dtype.</param>
    /// <param name="compute">How the products with frozen weights are computed.</param>
    /// <param name="device">The device.</param>
    /// <param name="initializerRange">The standard deviation of heads that the checkpoint does not have.</param>
    /// <param name="seed">The seed of their values.</param>
    public ModelBuilder(IWeightSource weights, IReadOnlyList<string> prefixes, ScalarType dtype, ComputeMode compute, Device device, double initializerRange, long seed)
    {
        _weights = weights;
        _prefixes = prefixes;
        _initializerRange = initializerRange;
        _seed = seed;
        Dtype = dtype;
        Compute = compute;
        Device = device;
    }

    public ScalarType Dtype { get; }

    public ComputeMode Compute { get; }

    public Device Device { get; }

    public IReadOnlyList<Parameter> Parameters => _parameters;

    /// <summary>Further names of <see cref="Parameters"/>.</summary>
    public IReadOnlyList<Parameter> TiedParameters => _tied;

    public IReadOnlyList<Node> Nodes => _nodes;

    /// <summary>Stored values that nothing trains, by name.</summary>
    public IReadOnlyDictionary<string, Tensor> Buffers => _buffers;

    public IReadOnlyDictionary<string, Parameter> ByName => _byName;

    /// <summary>Parameters that the checkpoint did not have: a fresh task head.</summary>
    public IReadOnlyList<string> NewlyInitialised => _newlyInitialised;

    public Linear Linear(string path, long inFeatures, long outFeatures, bool bias) =>
        Add(MakeLinear(path, Parameter($"{path}.weight", outFeatures, inFeatures), bias ? Parameter($"{path}.bias", outFeatures) : null));

    /// <summary>A product that belongs to the backbone, but that checkpoints of the bare encoder lack (a pooler): made afresh then.</summary>
    public Linear Pooler(string path, long inFeatures, long outFeatures) =>
        Add(MakeLinear(path, HeadParameter($"{path}.weight", outFeatures, inFeatures), HeadParameter($"{path}.bias", outFeatures)));

    /// <summary>A product whose weight checkpoints hold as (in, out): GPT-2's <c>Conv1D</c>.</summary>
    public Linear TransposedLinear(string path, long inFeatures, long outFeatures) =>
        Add(MakeLinear(path, Parameter($"{path}.weight", $"{path}.weight", transposed: true, outFeatures, inFeatures), Parameter($"{path}.bias", outFeatures)));

    /// <summary>A task head: made afresh (normal weights, zero bias) if the checkpoint lacks it.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="inFeatures">The width of its input.</param>
    /// <param name="outFeatures">The width of its output.</param>
    /// <param name="bias">Whether it has a bias.</param>
    /// <param name="storedAs">Its path in checkpoints, where that is another.</param>
    public Linear Head(string path, long inFeatures, long outFeatures, bool bias, string? storedAs = null)
    {
        if (storedAs is not null)
            _storedAs[$"{path}."] = $"{storedAs}.";
        return Add(MakeLinear(path, HeadParameter($"{path}.weight", outFeatures, inFeatures), bias ? HeadParameter($"{path}.bias", outFeatures) : null, isHead: true));
    }

    /// <summary>A head whose weight is another node's.</summary>
    public Linear TiedHead(string path, Parameter weight)
    {
        string name = $"{path}.weight";
        Parameter tied = new(~_tied.Count, name, weight.Value, weight.Stored) { TiedTo = weight };
        _tied.Add(tied);
        _byName.Add(name, tied);
        return Add(MakeLinear(path, tied, null, isHead: true));
    }

    public Embedding Embedding(string path, long rows, long width, long? paddingIndex = null) =>
        Add(new Embedding(_nodes.Count, path, Parameter($"{path}.weight", rows, width), paddingIndex));

    /// <summary>An embedding that a checkpoint may have under other paths too, where several modules share it.</summary>
    public Embedding SharedEmbedding(string path, long rows, long width, long? paddingIndex, params ReadOnlySpan<string> others)
    {
        string stored = path;
        foreach (string other in others)
            if (!Has($"{stored}.weight") && Has($"{other}.weight"))
                stored = other;
        return Add(new Embedding(_nodes.Count, path, Parameter($"{path}.weight", $"{stored}.weight", transposed: false, rows, width), paddingIndex));
    }

    /// <summary>A stored tensor that nothing trains (torch's buffer); null where the checkpoint lacks it.</summary>
    public Tensor? Buffer(string name, params long[] shape)
    {
        if (StoredName(name) is not { } stored)
            return null;
        return _buffers[name] = _weights.Load(stored, shape, Dtype, Device).DetachFromDisposeScope();
    }

    public LayerNorm LayerNorm(string path, long width, double epsilon) =>
        Add(new LayerNorm(
            _nodes.Count, path, Parameter($"{path}.weight", width), Parameter($"{path}.bias", width), epsilon));

    /// <param name="path">The path.</param>
    /// <param name="width">The width of a row.</param>
    /// <param name="epsilon">Added to the mean of the squares.</param>
    /// <param name="offset">Added to the weight (Gemma: 1).</param>
    public RmsNorm RmsNorm(string path, long width, double epsilon, double offset = 0) =>
        Add(new RmsNorm(_nodes.Count, path, Parameter($"{path}.weight", width), epsilon, offset));

    public SubLayer SubLayer(string path, SubLayerKind kind, int layer, long width, LayerNorm? norm = null) =>
        Add(new SubLayer(_nodes.Count, path, kind, layer, width, norm));

    public StreamPoint StreamPoint(string path, int? layer, long width) => Add(new StreamPoint(_nodes.Count, path, layer, width));

    /// <summary>
    /// The checkpoint's layers in the order in which they run, from 0: each once, or as <c>layer_replication</c> says. What
    /// config.json says of a layer is found by this number, its weights by the place in the list.
    /// </summary>
    /// <param name="count">The layers of the config.</param>
    public IReadOnlyList<int> Layers(int count) => _weights.Layers ?? new Consecutive(count);

    /// <summary>True if the checkpoint has this parameter under any of the names it may go by.</summary>
    public bool Has(string name) => StoredName(name) is not null;

    private Linear MakeLinear(string path, Parameter weight, Parameter? bias, bool isHead = false) =>
        _weights.Shared(path) is { } shared
            ? new(_nodes.Count, path, weight, bias, shared.Packed, shared.Squares) { IsHead = isHead }
            : new(_nodes.Count, path, weight, bias, ProductOf(weight.Value, isHead), new(weight.Value)) { IsHead = isHead };

    private IFrozenProduct ProductOf(Tensor weight, bool isHead) =>
        Compute != ComputeMode.Int8 ? FrozenProducts.Of(weight)
        : isHead ? new QuantisedHead(weight)
        : new QuantisedWeight(weight);

    private TNode Add<TNode>(TNode node)
        where TNode : Node
    {
        _nodes.Add(node);
        return node;
    }

    private Parameter Parameter(string name, params long[] shape) => Parameter(name, name, transposed: false, shape);

    private Parameter Parameter(string name, string asked, bool transposed, params long[] shape)
    {
        string stored = StoredName(asked)
            ?? throw new PeftException(
                $"{_weights.Source} has no tensor '{name}' [{string.Join(", ", shape)}]; it is not a whole checkpoint of this architecture.");
        return Register(name, _weights.Load(stored, shape, Dtype, Device, transposed), transposed);
    }

    private Parameter HeadParameter(string name, params long[] shape)
    {
        if (Has(name))
            return Parameter(name, shape);
        _newlyInitialised.Add(name);
        using var scope = NewDisposeScope();
        // One stream a parameter, so that its values do not depend on what was made before it.
        using Generator random = new((ulong)(_seed + _newlyInitialised.Count));
        Tensor value = shape.Length == 1
            ? zeros(shape, dtype: Dtype, device: Device)
            : randn(shape, dtype: ScalarType.Float32, generator: random).TimesInPlace(_initializerRange).to(Dtype, Device);
        return Register(name, value.MoveToOuterDisposeScope());
    }

    private Parameter Register(string name, Tensor value, bool transposed = false)
    {
        Parameter parameter = new(_parameters.Count, name, value.DetachFromDisposeScope(), transposed ? value.t().DetachFromDisposeScope() : null) { StoredName = NameInFiles(name) };
        _parameters.Add(parameter);
        _byName.Add(name, parameter);
        return parameter;
    }

    private string NameInFiles(string name) =>
        _storedAs.TryGetValue(name[..(name.LastIndexOf('.') + 1)], out string? path) ? path + name[(name.LastIndexOf('.') + 1)..] : name;

    private string? StoredName(string name)
    {
        if (NameInFiles(name) is var other && other != name && _weights.Has(other))
            return other;
        string? own = _prefixes.FirstOrDefault(prefix => name.StartsWith(prefix, StringComparison.Ordinal));
        string bare = name[(own?.Length ?? 0)..];
        foreach (string candidate in (ReadOnlySpan<string>)[name, bare, .. _prefixes.Select(prefix => prefix + bare)])
        {
            if (_weights.Has(candidate))
                return candidate;
            // BERT checkpoints converted from TensorFlow call the norm's parameters gamma and beta.
            string old = candidate
                .Replace("LayerNorm.weight", "LayerNorm.gamma", StringComparison.Ordinal)
                .Replace("LayerNorm.bias", "LayerNorm.beta", StringComparison.Ordinal);
            if (old != candidate && _weights.Has(old))
                return old;
        }
        return null;
    }
}
