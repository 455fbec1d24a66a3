using System.Text.Json;
using PeftSharp.Kernels;
using PeftSharp.Models.Blocks;
using PeftSharp.Models.Heads;
using PeftSharp.Models.Nodes;

namespace PeftSharp.Models.Families;

/// <summary>BERT (HF's models/bert): post-norm encoder, learned positions, segments.</summary>
internal static class Bert
{
    public static ModelFamily Family { get; } = new()
    {
        ModelType = "bert",
        Prefix = "bert.",
        LayersPath = "encoder.layer.",
        Architectures = new Dictionary<TaskType, string>
        {
            [TaskType.SequenceClassification] = "BertForSequenceClassification",
            [TaskType.TokenClassification] = "BertForTokenClassification",
            [TaskType.QuestionAnswering] = "BertForQuestionAnswering",
            [TaskType.FeatureExtraction] = "BertModel",
        },
        Roles = new ModuleRoles("query", "key", "value", "output.dense") { HubIntermediate = "intermediate.dense", HubOutput = "output.dense" },
        BuildBackbone = Build,
        BuildHead = Head,
    };

    private static Stack Build(ModelConfig config, string prefix, ModelBuilder builder)
    {
        int hidden = config.Size("hidden_size", 768);
        int heads = config.Size("num_attention_heads", 12);
        int inner = config.Size("intermediate_size", 3072);
        double epsilon = config.Number("layer_norm_eps", 1e-12);
        double dropout = config.Probability("hidden_dropout_prob", 0.1);
        double attentionDropout = config.Probability("attention_probs_dropout_prob", 0.1);
        if (hidden % heads != 0)
            throw new PeftException($"{config.Source}: hidden_size {hidden} is not a multiple of num_attention_heads {heads}.");
        Refuse(config);
        var activation = Activations.Of(config.Text("hidden_act", "gelu"));

        int vocabulary = config.Size("vocab_size", 30522);
        InputEmbeddings embeddings = new(
            builder.Embedding($"{prefix}embeddings.word_embeddings", vocabulary, hidden, PaddingRow.Of(config, vocabulary, absent: 0)),
            builder.StreamPoint($"{prefix}embeddings", layer: null, hidden))
        {
            Positions = new(builder.Embedding($"{prefix}embeddings.position_embeddings", config.Size("max_position_embeddings", 512), hidden)),
            Segments = builder.Embedding($"{prefix}embeddings.token_type_embeddings", config.Size("type_vocab_size", 2), hidden),
            Norm = builder.LayerNorm($"{prefix}embeddings.LayerNorm", hidden, epsilon),
            Dropout = dropout,
        };
        List<Layer> layers = [];
        for (int i = 0; i < builder.Layers(config.Size("num_hidden_layers", 12)).Count; i++)
        {
            string at = $"{prefix}encoder.layer.{i}.";
            SeparateProjections projections = new(
                builder.Linear(at + "attention.self.query", hidden, hidden, bias: true),
                builder.Linear(at + "attention.self.key", hidden, hidden, bias: true),
                builder.Linear(at + "attention.self.value", hidden, hidden, bias: true),
                heads);
            layers.Add(new Layer(
                new MultiHeadAttention(projections, builder.Linear(at + "attention.output.dense", hidden, hidden, bias: true)) { Dropout = attentionDropout },
                EndOf(at + "attention.output", SubLayerKind.Attention, i),
                new PlainFeedForward(
                    builder.Linear(at + "intermediate.dense", hidden, inner, bias: true),
                    builder.Linear(at + "output.dense", inner, hidden, bias: true),
                    activation),
                EndOf(at + "output", SubLayerKind.FeedForward, i),
                builder.StreamPoint(at.TrimEnd('.'), i, hidden)));
        }
        return new Stack(embeddings, layers, isCausal: config.Flag("is_decoder", false)) { MaxPositions = embeddings.Positions.Count, KeepsKeys = false };

        Branch EndOf(string path, SubLayerKind kind, int layer) =>
            new(builder.SubLayer(path, kind, layer, hidden, builder.LayerNorm(path + ".LayerNorm", hidden, epsilon))) { Dropout = dropout };
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

    private static ITaskHead Head(TaskType task, HeadRequest request)
    {
        (ModelConfig config, ModelBuilder builder, IBackbone backbone, int labels, ProblemType? problem) = request;
        int hidden = backbone.HiddenSize;
        double dropout = config.Probability("classifier_dropout", config.Probability("hidden_dropout_prob", 0.1));
        return task switch
        {
            TaskType.SequenceClassification => new PooledClassifier(
                builder.Linear("bert.pooler.dense", hidden, hidden, bias: true),
                builder.Head("classifier", hidden, labels, bias: true), dropout, problem),
            TaskType.TokenClassification => new TokenClassifier(builder.Head("classifier", hidden, labels, bias: true), dropout),
            TaskType.QuestionAnswering => new SpanHead(builder.Head("qa_outputs", hidden, 2, bias: true)),
            _ => BareHead(builder, hidden),
        };
    }

    /// <summary>The bare model keeps its pooler, as HF's BertModel does, although hidden states do not pass through it.</summary>
    private static HiddenStates BareHead(ModelBuilder builder, int hidden)
    {
        if (builder.Has("pooler.dense.weight"))
            builder.Linear("pooler.dense", hidden, hidden, bias: true);
        return new HiddenStates();
    }
}
