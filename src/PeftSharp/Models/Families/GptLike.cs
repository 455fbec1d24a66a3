using PeftSharp.Kernels;
using PeftSharp.Models.Blocks;
using PeftSharp.Models.Heads;
using PeftSharp.Models.Nodes;

namespace PeftSharp.Models.Families;

/// <summary>
/// Decoders of GPT-2's build: learned positions, layers with layer norms before attention and before a plain feed-forward
/// part, one more norm behind the last. A family says how its attention lies in the weights and what its keys are called.
/// </summary>
internal sealed record GptLike
{
    /// <summary>The value of <c>model_type</c>.</summary>
    public required string ModelType { get; init; }

    /// <summary>What the names of its classes begin with, such as <c>GPT2</c>.</summary>
    public required string ClassName { get; init; }

    /// <summary>The class of the language model.</summary>
    public required string LanguageModel { get; init; }

    /// <inheritdoc cref="ModelFamily.Parts"/>
    public required string Parts { get; init; }

    /// <inheritdoc cref="ModelFamily.Marks"/>
    public required IReadOnlyList<string> Marks { get; init; }

    /// <summary>What methods adapt by default.</summary>
    public required ModuleRoles Roles { get; init; }

    /// <summary>Reads the sizes and settings of a config.</summary>
    public required Func<ModelConfig, GptShape> Read { get; init; }

    /// <summary>Builds a product: builder, path, in, out.</summary>
    public required Func<ModelBuilder, string, int, int, Linear> Product { get; init; }

    /// <summary>Builds attention: the builder, the path of the layer, the layer in the checkpoint.</summary>
    public required Func<ModelConfig, GptShape, ModelBuilder, string, int, MultiHeadAttention> Attention { get; init; }

    /// <summary>The family.</summary>
    public ModelFamily ToFamily() => new()
    {
        ModelType = ModelType,
        Prefix = "transformer.",
        LayersPath = "h.",
        Architectures = new Dictionary<TaskType, string>
        {
            [TaskType.CausalLanguageModel] = LanguageModel,
            [TaskType.SequenceClassification] = $"{ClassName}ForSequenceClassification",
            [TaskType.TokenClassification] = $"{ClassName}ForTokenClassification",
            [TaskType.QuestionAnswering] = $"{ClassName}ForQuestionAnswering",
            [TaskType.FeatureExtraction] = $"{ClassName}Model",
        },
        Roles = Roles,
        Parts = Parts,
        Marks = Marks,
        BuildBackbone = Build,
        BuildHead = Head,
    };

    private Stack Build(ModelConfig config, string prefix, ModelBuilder builder)
    {
        GptShape shape = Read(config);
        if (shape.Hidden % shape.Heads != 0)
            throw new PeftException($"{config.Source}: the hidden width {shape.Hidden} is not a multiple of the {shape.Heads} heads.");
        double epsilon = config.Number("layer_norm_epsilon", 1e-5);
        var activation = Activations.Of(config.Text("activation_function", "gelu_new"), "activation_function");

        InputEmbeddings embeddings = new(
            builder.Embedding($"{prefix}wte", shape.Vocabulary, shape.Hidden),
            builder.StreamPoint($"{prefix}embeddings", layer: null, shape.Hidden))
        {
            Positions = new(builder.Embedding($"{prefix}wpe", shape.Positions, shape.Hidden)),
            TypesAreWords = true,
            Dropout = shape.EmbeddingDropout,
        };
        List<Layer> layers = [];
        foreach (int source in builder.Layers(shape.Layers))
        {
            int number = layers.Count;
            string at = $"{prefix}h.{number}.";
            Branch attended = BranchOf("ln_1", "attention_adapters", SubLayerKind.Attention);
            MultiHeadAttention attention = Attention(config, shape, builder, at, source);
            Branch fed = BranchOf("ln_2", "output_adapters", SubLayerKind.FeedForward);
            PlainFeedForward feedForward = new(
                Product(builder, at + "mlp.c_fc", shape.Hidden, shape.Inner),
                Product(builder, at + "mlp.c_proj", shape.Inner, shape.Hidden),
                activation);
            layers.Add(new Layer(attention, attended, feedForward, fed, builder.StreamPoint(at.TrimEnd('.'), number, shape.Hidden)));

            Branch BranchOf(string norm, string adapters, SubLayerKind kind)
            {
                LayerNorm before = builder.LayerNorm(at + norm, shape.Hidden, epsilon);
                return new(builder.SubLayer(at + adapters, kind, number, shape.Hidden)) { Before = before, Dropout = shape.Dropout };
            }
        }
        return new Stack(embeddings, layers, isCausal: true)
        {
            MaxPositions = shape.Positions,
            KeepsKeys = true,
            Norm = builder.LayerNorm($"{prefix}ln_f", shape.Hidden, epsilon),
        };
    }

    private static ITaskHead Head(TaskType task, HeadRequest request)
    {
        (ModelConfig config, ModelBuilder builder, IBackbone backbone, int labels, ProblemType? problem) = request;
        return task switch
        {
            TaskType.CausalLanguageModel => new NextToken(LanguageModelHead.Of(request, "lm_head", tied: true)),
            TaskType.SequenceClassification => new LastTokenClassifier(builder.Head("score", backbone.HiddenSize, labels, bias: false), problem),
            TaskType.TokenClassification => new TokenClassifier(
                builder.Head("classifier", backbone.HiddenSize, labels, bias: true),
                config.Probability("classifier_dropout", config.Probability("hidden_dropout", 0.1))),
            TaskType.QuestionAnswering => new SpanHead(builder.Head("qa_outputs", backbone.HiddenSize, 2, bias: true)),
            _ => new HiddenStates(),
        };
    }
}

/// <summary>The sizes of a model of GPT-2's build, and what training drops behind the embeddings, in attention and behind each part of a layer.</summary>
internal sealed record GptShape(int Hidden, int Inner, int Layers, int Heads, int Vocabulary, int Positions)
{
    public required double EmbeddingDropout { get; init; }

    public required double AttentionDropout { get; init; }

    public required double Dropout { get; init; }
}
