using System.Text.Json;
using PeftSharp.Kernels;
using PeftSharp.Models.Blocks;
using PeftSharp.Models.Heads;

namespace PeftSharp.Models.Families;

/// <summary>BERT and the encoders that differ from it in details: what they differ in.</summary>
/// <param name="ModelType">The value of <c>model_type</c>.</param>
/// <param name="ClassName">What HF's classes begin with.</param>
/// <param name="Prefix">What stands before the backbone's names in a task model.</param>
internal sealed record BertLike(string ModelType, string ClassName, string Prefix)
{
    /// <summary>The <c>vocab_size</c> of a config that has none.</summary>
    public int Vocabulary { get; init; } = 30522;

    /// <summary>Its <c>hidden_size</c>.</summary>
    public int Hidden { get; init; } = 768;

    /// <summary>Its <c>num_attention_heads</c>.</summary>
    public int Heads { get; init; } = 12;

    /// <summary>Its <c>intermediate_size</c>.</summary>
    public int Inner { get; init; } = 3072;

    /// <summary>Its <c>pad_token_id</c>.</summary>
    public int PaddingId { get; init; }

    /// <summary>Its <c>embedding_size</c>, where embeddings have a width of their own; null where they are as wide as the layers.</summary>
    public int? EmbeddingSize { get; init; }

    /// <summary>True where positions count the ids that are no padding, from the row behind the padding's on (RoBERTa).</summary>
    public bool CountsIds { get; init; }

    /// <summary>The activation in the text classifier, where it is two products of its own; null where it reads the pooler.</summary>
    public string? ClassifierActivation { get; init; }

    /// <summary>True where the bare model has a pooler.</summary>
    public bool HasPooler { get; init; } = true;

    /// <summary>What AdaLoRA adapts, where peft has other targets for the family than for LoRA.</summary>
    public IReadOnlyList<string>? AdaLoraTargets { get; init; }

    public ModelFamily Family() => new()
    {
        ModelType = ModelType,
        Prefix = Prefix,
        LayersPath = "encoder.layer.",
        Architectures = EncoderHeads.Architectures(ClassName),
        Roles = Roles,
        BuildBackbone = Build,
        BuildHead = Head,
    };

    private ModuleRoles Roles
    {
        get
        {
            ModuleRoles usual = new("query", "key", "value", "output.dense") { HubIntermediate = "intermediate.dense", HubOutput = "output.dense" };
            return AdaLoraTargets is { } targets ? usual with { AdaLoraTargets = targets } : usual;
        }
    }

    private Stack Build(ModelConfig config, string prefix, ModelBuilder builder)
    {
        int hidden = config.Size("hidden_size", Hidden);
        int heads = config.Size("num_attention_heads", Heads);
        double epsilon = config.Number("layer_norm_eps", 1e-12);
        double dropout = config.Probability("hidden_dropout_prob", 0.1);
        EncoderLayers.HeadWidth(config, "hidden_size", hidden, "num_attention_heads", heads);
        Refuse(config);
        EncoderLayers layers = new()
        {
            Count = config.Size("num_hidden_layers", 12),
            Hidden = hidden,
            Heads = heads,
            Inner = config.Size("intermediate_size", Inner),
            Activation = Activations.Of(config.Text("hidden_act", "gelu")),
            Epsilon = epsilon,
            Dropout = dropout,
            AttentionDropout = config.Probability("attention_probs_dropout_prob", 0.1),
        };

        int width = EmbeddingSize is { } usual ? config.Size("embedding_size", usual) : hidden;
        int vocabulary = config.Size("vocab_size", Vocabulary);
        string at = prefix + "embeddings";
        InputEmbeddings embeddings = new(
            builder.Embedding(at + ".word_embeddings", vocabulary, width, PaddingRow.Of(config, vocabulary, PaddingId)),
            builder.StreamPoint(at, layer: null, hidden))
        {
            Positions = Positions(config, at + ".position_embeddings", width, builder),
            Segments = builder.Embedding(at + ".token_type_embeddings", config.Size("type_vocab_size", 2), width),
            Norm = builder.LayerNorm(at + ".LayerNorm", width, epsilon),
            Dropout = dropout,
            Projection = width == hidden ? null : builder.Linear(prefix + "embeddings_project", width, hidden, bias: true),
        };
        return new Stack(embeddings, layers.Build(builder, prefix + "encoder.layer."), isCausal: config.Flag("is_decoder", false))
        {
            MaxPositions = embeddings.Positions.Count,
            KeepsKeys = false,
        };
    }

    private LearnedPositions Positions(ModelConfig config, string path, int width, ModelBuilder builder)
    {
        int rows = config.Size("max_position_embeddings", 512);
        if (!CountsIds)
            return new(builder.Embedding(path, rows, width));
        int padding = config.IsNull("pad_token_id")
            ? throw config.Wrong("pad_token_id", "a token's id; positions are counted from it")
            : config.Whole("pad_token_id", PaddingId, minimum: 0);
        if (padding + 1 >= rows)
            throw new PeftException($"{config.Source}: max_position_embeddings is {rows} and pad_token_id {padding}: positions begin behind it, and none is left.");
        return new(builder.Embedding(path, rows, width, padding)) { First = padding + 1, OfPadding = padding, PaddingId = padding };
    }

    /// <summary>What changes the numbers and is not built.</summary>
    private static void Refuse(ModelConfig config)
    {
        if (config.Text("position_embedding_type", "absolute") is var positions && positions != "absolute")
            throw new PeftException($"{config.Source}: position_embedding_type '{positions}' is not supported; only 'absolute' is.");
        if (config.Flag("add_cross_attention", false))
            throw new PeftException($"{config.Source}: add_cross_attention is true; layers that look at an encoder are not supported.");
        if (config.Raw("pruned_heads") is { ValueKind: JsonValueKind.Object } pruned && pruned.EnumerateObject().Any())
            throw new PeftException($"{config.Source}: pruned_heads is not empty; models with removed heads are not supported.");
    }

    private ITaskHead Head(TaskType task, HeadRequest request)
    {
        (ModelConfig config, ModelBuilder builder, int hidden) = (request.Config, request.Builder, request.Backbone.HiddenSize);
        double dropout = config.Probability("classifier_dropout", config.Probability("hidden_dropout_prob", 0.1));
        return task switch
        {
            TaskType.SequenceClassification when ClassifierActivation is { } activation => new FirstTokenClassifier(
                builder.Head("classifier.dense", hidden, hidden, bias: true), Activations.Of(activation),
                builder.Head("classifier.out_proj", hidden, request.Labels, bias: true), request.Problem)
            {
                DropoutBefore = dropout,
                Dropout = dropout,
            },
            TaskType.SequenceClassification => new FirstTokenClassifier(
                builder.Pooler(Prefix + "pooler.dense", hidden, hidden), Activations.Of("tanh"),
                builder.Head("classifier", hidden, request.Labels, bias: true), request.Problem)
            {
                Dropout = dropout,
            },
            TaskType.TokenClassification => EncoderHeads.Tokens(request, dropout),
            TaskType.QuestionAnswering => EncoderHeads.Span(request),
            _ => BareHead(builder, hidden),
        };
    }

    /// <summary>The bare model keeps its pooler, as HF's does, although hidden states do not pass through it.</summary>
    private HiddenStates BareHead(ModelBuilder builder, int hidden)
    {
        if (HasPooler && builder.Has("pooler.dense.weight"))
            builder.Linear("pooler.dense", hidden, hidden, bias: true);
        return new HiddenStates();
    }
}
