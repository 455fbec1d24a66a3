using PeftSharp.Kernels;
using PeftSharp.Models.Blocks;
using PeftSharp.Models.Heads;
using PeftSharp.Models.Nodes;
using PeftSharp.Models.Rope;

namespace PeftSharp.Models.Families;

/// <summary>
/// Decoders of LLaMA's build: layers of attention with rotary positions and grouped heads and a gated feed-forward part, RMS
/// norms, one more behind the last layer. A family says in what it differs; as it stands this is LLaMA without biases.
/// </summary>
internal sealed record LlamaLike
{
    /// <summary>The value of <c>model_type</c>.</summary>
    public required string ModelType { get; init; }

    /// <summary>What the names of its classes begin with, such as <c>Llama</c>.</summary>
    public required string ClassName { get; init; }

    /// <summary>What absent sizes are.</summary>
    public required LlamaSizes Sizes { get; init; }

    /// <inheritdoc cref="ModelFamily.Marks"/>
    public IReadOnlyList<string> Marks { get; init; } = ["rms_norm_eps"];

    /// <summary>What absent rotary settings are.</summary>
    public RopeDefaults Rope { get; init; } = new();

    /// <summary>True where the output head is the token embedding unless the config says otherwise.</summary>
    public bool TiesEmbeddings { get; init; }

    /// <summary>The prefix of the model for question answering; null where there is no such model.</summary>
    public string? QuestionAnsweringPrefix { get; init; } = "transformer.";

    /// <summary>What methods adapt by default.</summary>
    public ModuleRoles Roles { get; init; } = new("q_proj", "k_proj", "v_proj", "down_proj") { HubIntermediate = "down_proj", HubOutput = "up_proj" };

    /// <summary>Whether the products in front of attention, and the one behind it, have a bias.</summary>
    public Func<ModelConfig, (bool Before, bool Behind)> AttentionBias { get; init; } = _ => (false, false);

    /// <summary>Whether the products of the feed-forward part have one.</summary>
    public Func<ModelConfig, bool> FeedForwardBias { get; init; } = _ => false;

    /// <summary>True where one product makes queries, keys and values, and one the two sides of the gate.</summary>
    public bool JoinsProducts { get; init; }

    /// <summary>Whether queries and keys are normalised: head by head, all heads at once, or (null) not at all.</summary>
    public bool? NormalisesHeads { get; init; }

    /// <summary>The names of the norms before and behind attention; null where there is none.</summary>
    public (string? Before, string? After) AttentionNorms { get; init; } = ("input_layernorm", null);

    /// <summary>The names of the norms before and behind the feed-forward part; null where there is none.</summary>
    public (string? Before, string? After) FeedForwardNorms { get; init; } = ("post_attention_layernorm", null);

    /// <summary>Added to the weights of norms.</summary>
    public double NormOffset { get; init; }

    /// <summary>The activation of the gate.</summary>
    public Func<ModelConfig, string> Activation { get; init; } = config => config.Text("hidden_act", "silu");

    /// <summary>How many tokens back each layer sees.</summary>
    public Func<ModelConfig, LayerWindows> Windows { get; init; } = _ => LayerWindows.None;

    /// <summary>Whether a layer of the checkpoint turns its queries and keys.</summary>
    public Func<ModelConfig, int, bool> Rotates { get; init; } = (_, _) => true;

    /// <summary>What q · k is multiplied with; null for 1 / √(head width).</summary>
    public Func<ModelConfig, double?> AttentionScale { get; init; } = _ => null;

    /// <summary>The key of the bound of attention scores, the key of that of logits, and what absent ones are; null for no bounds.</summary>
    public (SoftCapSetting Attention, SoftCapSetting Logits)? SoftCaps { get; init; }

    /// <summary>True where token embeddings are multiplied with √hidden_size.</summary>
    public bool ScalesEmbeddings { get; init; }

    /// <summary>What training drops behind the embeddings and behind each part of a layer.</summary>
    public Func<ModelConfig, (double Embeddings, double Parts)> Dropouts { get; init; } = _ => (0, 0);

    /// <summary>What the config may say that is not built; it throws.</summary>
    public Action<ModelConfig> Refuse { get; init; } = _ => { };

    /// <summary>The family.</summary>
    public ModelFamily ToFamily()
    {
        Dictionary<TaskType, string> architectures = new()
        {
            [TaskType.CausalLanguageModel] = $"{ClassName}ForCausalLM",
            [TaskType.SequenceClassification] = $"{ClassName}ForSequenceClassification",
            [TaskType.TokenClassification] = $"{ClassName}ForTokenClassification",
            [TaskType.FeatureExtraction] = $"{ClassName}Model",
        };
        Dictionary<TaskType, string> prefixes = [];
        if (QuestionAnsweringPrefix is not null)
        {
            architectures[TaskType.QuestionAnswering] = $"{ClassName}ForQuestionAnswering";
            prefixes[TaskType.QuestionAnswering] = QuestionAnsweringPrefix;
        }
        return new()
        {
            ModelType = ModelType,
            Prefix = "model.",
            LayersPath = "layers.",
            OtherPrefixes = prefixes,
            Architectures = architectures,
            Roles = Roles,
            Parts = $"layers of attention with rotary positions and of a gated feed-forward part, RMS norms, weights named {Names()}",
            Marks = Marks,
            BuildBackbone = Build,
            BuildHead = Head,
        };
    }

    private string Names()
    {
        string[] names =
        [
            JoinsProducts ? "self_attn.qkv_proj" : "self_attn.q_proj", NormalisesHeads is null ? "" : "self_attn.q_norm", JoinsProducts ? "mlp.gate_up_proj" : "mlp.gate_proj",
            AttentionNorms.Before ?? "", AttentionNorms.After ?? "", FeedForwardNorms.Before ?? "", FeedForwardNorms.After ?? "",
        ];
        return string.Join(", ", names.Where(name => name.Length > 0).Distinct().Select(name => $"layers.0.{name}.weight"));
    }

    private Stack Build(ModelConfig config, string prefix, ModelBuilder builder)
    {
        Refuse(config);
        LlamaShape shape = Sizes.Read(config);
        double epsilon = config.Number("rms_norm_eps", Sizes.Epsilon);
        double attentionDropout = config.Probability("attention_dropout", 0);
        (double embeddingDropout, double dropout) = Dropouts(config);
        (bool biasBefore, bool biasBehind) = AttentionBias(config);
        bool feedForwardBias = FeedForwardBias(config);
        LayerWindows windows = Windows(config);
        var activation = Activations.Of(Activation(config));
        RotaryTable rotary = RotaryTable.From(config, shape.HeadWidth, Rope);

        InputEmbeddings embeddings = new(
            builder.Embedding($"{prefix}embed_tokens", shape.Vocabulary, shape.Hidden, PaddingRow.Of(config, shape.Vocabulary, Sizes.PaddingRow)),
            builder.StreamPoint($"{prefix}embeddings", layer: null, shape.Hidden))
        {
            Scale = ScalesEmbeddings ? Rounding.To(builder.Dtype, Math.Sqrt(shape.Hidden)) : 1,
            Dropout = embeddingDropout,
        };
        List<Layer> layers = [];
        foreach (int source in builder.Layers(shape.Layers))
        {
            int number = layers.Count;
            string at = $"{prefix}layers.{number}.";
            IQueryKeyValue projections = Projections(at + "self_attn.");
            MultiHeadAttention attention = new(projections, builder.Linear(at + "self_attn.o_proj", shape.Heads * shape.HeadWidth, shape.Hidden, biasBehind))
            {
                Dropout = attentionDropout,
                Scale = AttentionScale(config),
                SoftCap = SoftCaps?.Attention.Read(config),
                Window = windows.At(source),
                Rotates = Rotates(config, source),
            };
            layers.Add(new Layer(
                attention, BranchOf(AttentionNorms, "attention_adapters", SubLayerKind.Attention),
                FeedForward(at + "mlp."), BranchOf(FeedForwardNorms, "output_adapters", SubLayerKind.FeedForward),
                builder.StreamPoint(at.TrimEnd('.'), number, shape.Hidden)));

            Branch BranchOf((string? Before, string? After) norms, string adapters, SubLayerKind kind) =>
                new(builder.SubLayer(at + adapters, kind, number, shape.Hidden))
                {
                    Before = norms.Before is { } before ? Norm(at + before, shape.Hidden) : null,
                    After = norms.After is { } after ? Norm(at + after, shape.Hidden) : null,
                    Dropout = dropout,
                };
        }
        return new Stack(embeddings, layers, isCausal: true)
        {
            MaxPositions = rotary.MaxPositions,
            KeepsKeys = true,
            Rotary = rotary,
            Norm = Norm($"{prefix}norm", shape.Hidden),
        };

        RmsNorm Norm(string path, int width) => builder.RmsNorm(path, width, epsilon, NormOffset);

        IQueryKeyValue Projections(string at)
        {
            int own = shape.Heads * shape.HeadWidth, shared = shape.Groups * shape.HeadWidth;
            if (JoinsProducts)
                return new JoinedProjection(builder.Linear(at + "qkv_proj", shape.Hidden, own + 2 * shared, biasBefore), shape.Heads, shape.Groups);
            return new SeparateProjections(
                builder.Linear(at + "q_proj", shape.Hidden, own, biasBefore),
                builder.Linear(at + "k_proj", shape.Hidden, shared, biasBefore),
                builder.Linear(at + "v_proj", shape.Hidden, shared, biasBefore),
                shape.Heads)
            {
                Norms = NormalisesHeads is { } heads
                    ? new(Norm(at + "q_norm", heads ? shape.HeadWidth : own), Norm(at + "k_norm", heads ? shape.HeadWidth : shared), heads)
                    : null,
            };
        }

        IFeedForward FeedForward(string at)
        {
            if (JoinsProducts)
                return new JoinedGatedFeedForward(
                    builder.Linear(at + "gate_up_proj", shape.Hidden, 2 * shape.Inner, feedForwardBias),
                    builder.Linear(at + "down_proj", shape.Inner, shape.Hidden, feedForwardBias),
                    activation);
            return new GatedFeedForward(
                builder.Linear(at + "gate_proj", shape.Hidden, shape.Inner, feedForwardBias),
                builder.Linear(at + "up_proj", shape.Hidden, shape.Inner, feedForwardBias),
                builder.Linear(at + "down_proj", shape.Inner, shape.Hidden, feedForwardBias),
                activation);
        }
    }

    private ITaskHead Head(TaskType task, HeadRequest request)
    {
        (ModelConfig config, ModelBuilder builder, IBackbone backbone, int labels, ProblemType? problem) = request;
        return task switch
        {
            TaskType.CausalLanguageModel => new NextToken(
                LanguageModelHead.Of(request, "lm_head", TiesEmbeddings), SoftCaps?.Logits.Read(config)),
            TaskType.SequenceClassification => new LastTokenClassifier(builder.Head("score", backbone.HiddenSize, labels, bias: false), problem),
            TaskType.TokenClassification => new TokenClassifier(
                builder.Head("score", backbone.HiddenSize, labels, bias: true),
                config.Probability("classifier_dropout", config.Probability("hidden_dropout", 0.1))),
            TaskType.QuestionAnswering => new SpanHead(builder.Head("qa_outputs", backbone.HiddenSize, 2, bias: true)),
            _ => new HiddenStates(),
        };
    }
}

/// <summary>A bound of scores or logits in a config.</summary>
/// <param name="Key">Its key; null in the config is no bound.</param>
/// <param name="Absent">What an absent one is.</param>
internal sealed record SoftCapSetting(string Key, double Absent)
{
    /// <summary>The bound, or null.</summary>
    /// <exception cref="PeftException">It is not above 0.</exception>
    public double? Read(ModelConfig config) =>
        config.IsNull(Key) ? null
        : config.Number(Key, Absent) is var cap and > 0 ? cap
        : throw config.Wrong(Key, "above 0, or null for no bound");
}
