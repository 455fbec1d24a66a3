using PeftSharp.IO;
using PeftSharp.Kernels.Int8;
using PeftSharp.Models.Blocks;
using PeftSharp.Models.Families;
using PeftSharp.Models.Heads;
using PeftSharp.Models.Nodes;
using PeftSharp.Tensors;
using PeftSharp.Tensors.Native;
using static TorchSharp.torch;

namespace PeftSharp.Models;

/// <summary>
/// A frozen pre-trained model with the head of one task. Nothing in it changes after loading: which adapters are active
/// is told with each call (<see cref="Pass"/>), so one instance serves any number of threads and adapters at once.
/// </summary>
public sealed class BaseModel : IDisposable
{
    private readonly IBackbone _backbone;
    private readonly ITaskHead _head;
    private readonly IDisposable _weights;
    private readonly Dictionary<string, Node> _byPath;
    private readonly IReadOnlyDictionary<string, Parameter> _byName;
    private readonly IReadOnlyDictionary<string, Tensor> _buffers;
    private readonly BaseModelOptions _options;
    private readonly Dictionary<string, BaseModel> _replicas = new(StringComparer.Ordinal);

    private BaseModel(ModelConfig config, TaskType task, ModelBuilder builder, IBackbone backbone, ITaskHead head, ModuleRoles roles, IReadOnlyList<string> labels, IDisposable weights, BaseModelOptions options)
    {
        // A replica lives and ends with its base.
        Users = weights is ReplicaWeights replica ? replica.Users : new UseCount(this, Free);
        Config = config;
        Task = task;
        Labels = labels;
        Roles = roles;
        Nodes = builder.Nodes;
        Parameters = builder.Parameters;
        TiedParameters = builder.TiedParameters;
        NewlyInitialised = weights is ReplicaWeights shared ? shared.NewlyInitialised : builder.NewlyInitialised;
        Dtype = builder.Dtype;
        Compute = builder.Compute;
        Device = builder.Device;
        _backbone = backbone;
        _head = head;
        _weights = weights;
        _options = options;
        _byName = builder.ByName;
        _buffers = builder.Buffers;
        _byPath = Nodes.ToDictionary(node => node.Path, StringComparer.Ordinal);
    }

    /// <summary>The calls that use it.</summary>
    internal UseCount Users { get; }

    /// <summary>The model's <c>config.json</c>.</summary>
    public ModelConfig Config { get; }

    /// <summary>The folder it was loaded from, or null.</summary>
    public string? Folder { get; private init; }

    /// <summary>The task whose head the model has.</summary>
    public TaskType Task { get; }

    /// <summary>The names of the labels by id, for the classification tasks.</summary>
    public IReadOnlyList<string> Labels { get; }

    /// <summary>
    /// What the labels of sequence classification mean: what the options or the config say, else numbers for a single label
    /// and one class of several for more.
    /// </summary>
    /// <remarks>As transformers does, a model of which neither says anything takes fp32 labels (batch, labels) for several at once.</remarks>
    public ProblemType ProblemType { get; private init; }

    /// <summary>From which probability on each label holds, where several may (<see cref="ProblemType.MultiLabel"/>).</summary>
    public IReadOnlyList<float> Thresholds { get; private init; } = [];

    /// <summary>Every node that a method can address, in the order of the model.</summary>
    public IReadOnlyList<Node> Nodes { get; }

    /// <summary>Every parameter once, in the order of the model; a tied one goes by its first name.</summary>
    public IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>Further names of parameters: one for each weight that is tied to another (<see cref="Parameter.TiedTo"/>).</summary>
    public IReadOnlyList<Parameter> TiedParameters { get; }

    /// <summary>Parameters of the head that the checkpoint did not have; they need training before they mean anything.</summary>
    public IReadOnlyList<string> NewlyInitialised { get; }

    /// <summary>The dtype of weights and activations.</summary>
    public ScalarType Dtype { get; }

    /// <summary>How the products with frozen weights are computed.</summary>
    public ComputeMode Compute { get; }

    /// <summary>The device of weights and activations.</summary>
    public Device Device { get; }

    /// <summary>The most tokens (with virtual ones) a sequence may have; in an encoder-decoder, one that is read.</summary>
    public int MaxPositions => _backbone.MaxPositions;

    /// <summary>The most tokens (with virtual ones) of a sequence that is written: in an encoder-decoder the decoder's.</summary>
    public int MaxTargetPositions => _backbone.Decoder?.MaxPositions ?? MaxPositions;

    /// <summary>True for a model of two stacks, an encoder that reads and a decoder that writes.</summary>
    public bool IsEncoderDecoder => _backbone.Decoder is not null;

    /// <summary>The positions that virtual tokens take of those of a text that is read.</summary>
    internal int PositionsTaken(Pass pass) => IsEncoderDecoder ? pass.Virtual.Words : pass.Virtual.Positions;

    /// <summary>The positions that they take of those of a text that is written.</summary>
    internal int TargetPositionsTaken(Pass pass) => IsEncoderDecoder ? pass.Virtual.Positions - pass.Virtual.Words : pass.Virtual.Positions;

    /// <summary>How an encoder-decoder's decoder begins, or null.</summary>
    internal DecoderStart? DecoderStart => _backbone.Start;

    /// <summary>Which attentions an encoder-decoder's decoder has; null for one stack.</summary>
    internal AttentionRange? DecoderAttentions => _backbone.Decoder?.Range;

    /// <inheritdoc cref="IBackbone.AttentionPaths"/>
    internal IReadOnlyList<string> AttentionPaths => _backbone.AttentionPaths;

    /// <summary>Stored values besides the parameters, by name.</summary>
    internal IReadOnlyDictionary<string, Tensor> Buffers => _buffers;

    /// <summary>The rows of the token embedding: ids at or above it are an error.</summary>
    public long VocabularySize => TokenEmbedding.Rows;

    /// <summary>The rows of the token embedding in a pass: an adapter may bring an embedding of another size.</summary>
    public long VocabularyOf(Pass pass)
    {
        ArgumentNullException.ThrowIfNull(pass);
        // Asked for each token that is generated: without rows of their own there is nothing to go through.
        return pass.Rows is { } rows ? rows.Plans.Max(RowsIn) : RowsIn(pass.Plan);

        long RowsIn(TunerPlan plan) => (plan.Replacement(TokenEmbedding.Weight) ?? TokenEmbedding.Weight.Value).shape[0];
    }

    /// <summary>The token embedding.</summary>
    public Embedding TokenEmbedding => _backbone.Words;

    /// <inheritdoc cref="IBackbone.FinishesEmbeddings"/>
    internal bool FinishesEmbeddings => _backbone.FinishesEmbeddings;

    /// <inheritdoc cref="IBackbone.HasDropout"/>
    internal bool DropsInLayers => _backbone.HasDropout;

    /// <summary>What the family calls the parts that methods adapt by default.</summary>
    public ModuleRoles Roles { get; }

    /// <summary>What stands before the backbone's paths in this model, such as <c>bert.</c>; empty for the bare backbone.</summary>
    internal string BackbonePrefix { get; private init; } = "";

    /// <summary>True for a model of another one's weights (<see cref="WithLayers"/>).</summary>
    internal bool IsReplica => _weights is ReplicaWeights;

    /// <summary>The width of the hidden states.</summary>
    public int HiddenSize => _backbone.HiddenSize;

    /// <summary>The layers and heads of the attention.</summary>
    public AttentionShape Attention => _backbone.Attention;

    /// <summary>The number of all layers: in an encoder-decoder the encoder's, then the decoder's.</summary>
    internal int LayerCount => Attention.Layers + (DecoderAttentions?.Count ?? 0);

    /// <summary>The number of all parameters.</summary>
    public long ParameterCount => Parameters.Sum(parameter => parameter.Count);

    /// <summary>Loads a Hugging Face folder (<c>config.json</c> and safetensors) or a GGUF file.</summary>
    /// <param name="folder">The folder, the path of a <c>.gguf</c> file, or the id of a model in Hugging Face's cache.</param>
    /// <param name="options">Task, labels, dtype and device.</param>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    /// <exception cref="PeftException">The architecture is not supported, the weights do not fit the config, or the machine cannot compute as asked.</exception>
    public static BaseModel Load(string folder, BaseModelOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        folder = ModelFiles.Locate(folder);
        if (!Directory.Exists(folder) && ModelFiles.GgufOf(folder) is null)
            throw new DirectoryNotFoundException($"{folder} is not a folder; a model is a Hugging Face folder with config.json, model.safetensors and tokenizer.json, or a GGUF file.{HubCache.Advice(folder)}");
        ModelConfig config = ModelConfig.Load(folder);
        BaseModel model = Build(config, new CheckpointWeights(folder), options ?? new(), folder);
        // Converted weights left their first form behind.
        MallocTuning.Trim();
        return model;
    }

    /// <summary>A model of a config's shape with random weights.</summary>
    /// <param name="config">The shape.</param>
    /// <param name="options">Task, labels, dtype and device.</param>
    /// <param name="seed">The seed of the weights.</param>
    public static BaseModel Create(ModelConfig config, BaseModelOptions? options = null, long seed = 0)
    {
        ArgumentNullException.ThrowIfNull(config);
        return Build(config, new RandomWeights(config.Number("initializer_range", 0.02), seed), options ?? new(), folder: null);
    }

    /// <summary>The model of the same weights whose layers run in another order, with nodes of its own for each; it belongs to this one.</summary>
    internal BaseModel WithLayers(LayerOrder order)
    {
        if (IsEncoderDecoder)
            throw new PeftException("layer_replication is for models of one stack; an encoder-decoder's layers cannot be repeated.");
        lock (_replicas)
        {
            if (!_replicas.TryGetValue(order.Key, out BaseModel? replica))
            {
                string layers = BackbonePrefix + ModelFamilies.Of(Config).LayersPath;
                _replicas[order.Key] = replica = Build(
                    Config, new ReplicaWeights(this, order, layers), _options with { Task = Task, Labels = Labels }, Folder);
            }
            return replica;
        }
    }

    /// <summary>What an encoder-decoder's decoder reads to write some labels: these, one place later (HF's <c>decoder_input_ids</c>).</summary>
    /// <param name="labels">int64 (batch, length); −100 for one that does not count.</param>
    /// <returns>int64 (batch, length); the caller owns it.</returns>
    /// <exception cref="PeftException">The model is no encoder-decoder.</exception>
    public Tensor DecoderInputIds(Tensor labels)
    {
        ArgumentNullException.ThrowIfNull(labels);
        return DecoderStart?.Shift(labels) ?? throw new PeftException($"A {Config.ModelType} model is no encoder-decoder: it has no decoder_input_ids.");
    }

    /// <summary>The node of a path, or null.</summary>
    public Node? FindNode(string path) => _byPath.GetValueOrDefault(path);

    /// <summary>The parameter of an id.</summary>
    internal Parameter ParameterOf(int id) => id >= 0 ? Parameters[id] : TiedParameters[~id];

    /// <summary>All names of a parameter's tensor: its own, and those tied to it.</summary>
    internal IEnumerable<Parameter> NamesOf(Parameter parameter) =>
        Parameters.Where(parameter.Shares).Concat(TiedParameters.Where(parameter.Shares));

    /// <summary>True for a table with a row for each token: the embedding and the output head of a language model.</summary>
    internal bool IsOfVocabulary(Parameter parameter) =>
        parameter.Shares(TokenEmbedding.Weight)
        || (Task is TaskType.CausalLanguageModel or TaskType.SequenceToSequence && Nodes.OfType<Linear>().Any(node => node.IsHead && node.Weight == parameter));

    /// <summary>The parameter of a name, or null.</summary>
    public Parameter? FindParameter(string name) => _byName.GetValueOrDefault(name);

    /// <summary>The task's output; for the tokens of the batch only, where virtual ones stand in front.</summary>
    /// <param name="input">The batch.</param>
    /// <param name="pass">The active tuners.</param>
    /// <param name="cache">Keys and values of earlier tokens (<see cref="CreateCache"/>), for decoding.</param>
    /// <returns>
    /// (batch, labels) for sequence classification; (batch, length, labels) for token classification; (batch, length, 2)
    /// for question answering; (batch, length, vocabulary) for a causal language model and an encoder-decoder, whose length
    /// is that of <see cref="ModelInput.DecoderInputIds"/>; else hidden states.
    /// </returns>
    public Tensor Forward(ModelInput input, Pass pass, KeyValueCache? cache = null)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(pass);
        if (Other(pass) is { } other)
            return other.Forward(input, pass, cache);
        using PassUse use = PassUse.Begin(Users, pass);
        using Tensor read = HeadInput(input, pass, cache);
        return _head.Logits(read, input, pass);
    }

    /// <summary>The logits of the last position only, (batch, vocabulary): what decoding needs of a prompt.</summary>
    public Tensor ForwardLast(ModelInput input, Pass pass, KeyValueCache? cache)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(pass);
        if (Other(pass) is { } other)
            return other.ForwardLast(input, pass, cache);
        using PassUse use = PassUse.Begin(Users, pass);
        Check(input, pass, cache);
        using Tensor hidden = _backbone.Forward(input, pass, cache);
        using Tensor last = hidden.narrow(1, hidden.shape[1] - 1, 1);
        using Tensor logits = _head.Logits(last, input, pass);
        return logits.squeeze(1);
    }

    /// <summary>The last hidden states of the tokens, (batch, length, hidden), whatever the task.</summary>
    /// <param name="input">The batch.</param>
    /// <param name="pass">The active tuners.</param>
    /// <param name="hiddenStates">Given the output of the embeddings and of each layer in turn, with the rows of virtual tokens in front; owns what it is given.</param>
    public Tensor Hidden(ModelInput input, Pass pass, Action<Tensor>? hiddenStates = null)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(pass);
        if (Other(pass) is { } other)
            return other.Hidden(input, pass, hiddenStates);
        using PassUse use = PassUse.Begin(Users, pass);
        using Tensor? written = Written(input, null);
        input = written is null ? input : input with { DecoderInputIds = written };
        Check(input, pass, null);
        using Tensor hidden = _backbone.Forward(input, pass, null, hiddenStates);
        return hidden.OfTokens(input, pass);
    }

    /// <summary>The last hidden states that the head reads: those of the tokens, with those of the virtual tokens in front if it reads them.</summary>
    /// <remarks>Positions that the head does not read may be 0.</remarks>
    internal Tensor HeadInput(ModelInput input, Pass pass, KeyValueCache? cache = null)
    {
        if (Other(pass) is { } other)
            return other.HeadInput(input, pass, cache);
        using PassUse use = PassUse.Begin(Users, pass);
        using Tensor? written = Written(input, null);
        input = written is null ? input : input with { DecoderInputIds = written };
        Check(input, pass, cache);
        // With a cache, rows in front may stand in it already, and the positions would be counted wrongly.
        using Tensor? positions = cache is null ? _head.Reads(input, null, pass.Virtual.Embedded) : null;
        Tensor hidden = _backbone.Forward(input, pass, cache, read: positions);
        if (_head.ReadsVirtualTokens)
            return hidden;
        using (hidden)
            return hidden.OfTokens(input, pass);
    }

    /// <summary>The task's output for what <see cref="HeadInput"/> gives, or for some of its positions.</summary>
    internal Tensor Logits(Tensor hidden, ModelInput input, Pass pass)
    {
        if (Other(pass) is { } other)
            return other.Logits(hidden, input, pass);
        using PassUse use = PassUse.Begin(Users, pass);
        return _head.Logits(hidden, input, pass);
    }

    /// <summary>The task's loss, summed over the labels that count.</summary>
    /// <exception cref="PeftException">The labels do not fit the task.</exception>
    public LossSum Loss(ModelInput input, Targets targets, Pass pass) => Loss(input, targets, pass, default);

    /// <summary>The same, with a part of the layers run before (<see cref="InputOf"/>).</summary>
    internal LossSum Loss(ModelInput input, Targets targets, Pass pass, LayerPart part)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(targets);
        ArgumentNullException.ThrowIfNull(pass);
        if (Other(pass) is { } other)
            return other.Loss(input, targets, pass, part);
        using PassUse use = PassUse.Begin(Users, pass);
        using Tensor? written = Written(input, targets);
        input = written is null ? input : input with { DecoderInputIds = written };
        Check(input, pass, null);
        using Tensor? positions = _head.Reads(input, targets, pass.Virtual.Embedded);
        using Tensor hidden = _backbone.Forward(input, pass, read: positions, part: part);
        return _head.Loss(hidden, input, targets, pass);
    }

    /// <summary>What a layer gets, (batch, length, hidden), in a call that holds the base, where no tuner reaches those below; all their number is a layer's too.</summary>
    internal Tensor InputOf(int layer, ModelInput input)
    {
        using PassUse use = PassUse.Begin(Users, Pass.BareHeld);
        Check(input, Pass.Bare, null);
        return _backbone.Forward(input, Pass.Bare, part: LayerPart.Below(layer));
    }

    /// <summary>How many of the lowest layers compute what the bare backbone does, the embeddings among them: up to the first node that a plan touches.</summary>
    internal int UntouchedLayers(Pass pass)
    {
        int layers = 0;
        foreach (Node node in Nodes.TakeWhile(node => !pass.Plans.Any(plan => plan.Touches(node))))
            // The point behind a layer is its last node.
            if (node is StreamPoint { Layer: { } layer })
                layers = layer + 1;
        return layers;
    }

    /// <summary>An empty key/value cache for a batch and so many tokens in all, virtual ones among them (<see cref="Pass.VirtualTokens"/>).</summary>
    /// <exception cref="PeftException">The model does not decode.</exception>
    public KeyValueCache CreateCache(long batch, long capacity) =>
        _backbone.CreateCache(batch, capacity)
        ?? throw new PeftException($"A {Config.ModelType} model is no decoder: it cannot generate text.");

    /// <summary>Frees the weights as soon as no call uses them; calls from now on get an <see cref="ObjectDisposedException"/>.</summary>
    public void Dispose() => Users.Close();

    private void Free()
    {
        foreach (BaseModel replica in _replicas.Values)
            replica.Free();
        foreach (Linear linear in IsReplica ? [] : Nodes.OfType<Linear>())
        {
            linear.Packed.Dispose();
            linear.Squares.Dispose();
        }
        foreach (Parameter parameter in Parameters)
            parameter.Free();
        foreach (Tensor buffer in _buffers.Values)
            buffer.Dispose();
        _weights.Dispose();
    }

    private static BaseModel Build(ModelConfig config, IWeightSource weights, BaseModelOptions options, string? folder)
    {
        ModelBuilder? builder = null;
        try
        {
            ModelFamily family = ModelFamilies.Of(config);
            TaskType task = options.Task ?? ModelFamilies.TaskOf(config) ?? TaskType.FeatureExtraction;
            if (!family.Architectures.ContainsKey(task))
                throw new PeftException(
                    $"A {family.ModelType} model has no head for {task.ToName()}; it has {string.Join(", ", family.Architectures.Keys.Select(TaskTypes.ToName))}.");
            if (options.Compute == ComputeMode.Int8)
                Int8Support.Require((options.Device ?? CPU).type);
            IReadOnlyList<string> labels = options.Labels ?? config.Labels();
            int count = labels.Count > 0 ? labels.Count : 2;
            builder = new(
                weights, family.Prefixes, options.Dtype, options.Compute, options.Device ?? CPU, config.Number("initializer_range", 0.02), options.Seed);
            string prefix = family.PrefixOf(task);
            ProblemType? problem = options.ProblemType ?? ProblemTypes.Of(config);
            IBackbone backbone = family.BuildBackbone(config, prefix, builder);
            ITaskHead head = family.BuildHead(task, new HeadRequest(config, builder, backbone, count, problem));
            if (labels.Count == 0 && task is TaskType.SequenceClassification or TaskType.TokenClassification)
                labels = ["LABEL_0", "LABEL_1"];
            return new BaseModel(config, task, builder, backbone, head, family.Roles, labels, weights, options)
            {
                Folder = folder,
                BackbonePrefix = prefix,
                ProblemType = problem ?? (count == 1 ? ProblemType.Regression : ProblemType.SingleLabel),
                Thresholds = task == TaskType.SequenceClassification && problem == ProblemType.MultiLabel ? ThresholdsOf(options, config, labels) : [],
            };
        }
        catch
        {
            foreach (Parameter parameter in builder?.Parameters ?? [])
                parameter.Free();
            foreach (Tensor buffer in builder?.Buffers.Values ?? [])
                buffer.Dispose();
            weights.Dispose();
            throw;
        }
    }

    /// <summary>The model whose layers a pass runs, where it is not this one.</summary>
    private BaseModel? Other(Pass pass) => pass.Replica is { } replica && replica != this ? replica : null;

    private static IReadOnlyList<float> ThresholdsOf(BaseModelOptions options, ModelConfig config, IReadOnlyList<string> labels)
    {
        // Those of a config are for its own labels.
        IReadOnlyList<float>? own = options.Thresholds ?? (options.Labels is null ? LabelThresholds.Read(config, labels) : null);
        return own is null ? LabelThresholds.Same(LabelThresholds.Default, labels.Count)
            : own.Count == labels.Count ? own
            : throw new PeftException($"There are {own.Count} thresholds for {labels.Count} labels.");
    }

    /// <summary>What the decoder reads where the batch does not say it: the labels, or, for tasks that write nothing, the text itself, one place later.</summary>
    private Tensor? Written(ModelInput input, Targets? targets) =>
        DecoderStart is null || input.DecoderInputIds is not null ? null
        : Task != TaskType.SequenceToSequence ? DecoderStart.Shift(input.InputIds)
        : targets?.Labels is { } labels && labels.dim() == 2 ? DecoderStart.Shift(labels)
        : null;

    private void Check(ModelInput input, Pass pass, KeyValueCache? cache) => InputChecks.Require(this, _backbone, input, pass, cache);
}
