using PeftSharp.Kernels;
using PeftSharp.Models.Blocks;
using PeftSharp.Models.Heads;

namespace PeftSharp.Models.Families;

/// <summary>DistilBERT (HF's models/distilbert): BERT's layers under other names, without segments and pooler.</summary>
internal static class DistilBert
{
    private const string Layers = "transformer.layer.";

    private static readonly EncoderNames _names = new(
        "attention.q_lin", "attention.k_lin", "attention.v_lin", "attention.out_lin", "sa_layer_norm", "attention_adapters",
        "ffn.lin1", "ffn.lin2", "output_layer_norm", "output_adapters");

    public static ModelFamily Family { get; } = new()
    {
        ModelType = "distilbert",
        Prefix = "distilbert.",
        LayersPath = Layers,
        Architectures = EncoderHeads.Architectures("DistilBert"),
        Roles = new ModuleRoles("q_lin", "k_lin", "v_lin", "lin2") { HubIntermediate = "lin1", HubOutput = "lin2", HubPrefix = "self" },
        BuildBackbone = Build,
        BuildHead = Head,
    };

    private static Stack Build(ModelConfig config, string prefix, ModelBuilder builder)
    {
        const double Epsilon = 1e-12;
        int hidden = config.Size("dim", 768);
        int heads = config.Size("n_heads", 12);
        double dropout = config.Probability("dropout", 0.1);
        EncoderLayers.HeadWidth(config, "dim", hidden, "n_heads", heads);
        EncoderLayers layers = new()
        {
            Count = config.Size("n_layers", 6),
            Hidden = hidden,
            Heads = heads,
            Inner = config.Size("hidden_dim", 4 * 768),
            Activation = Activations.Of(config.Text("activation", "gelu")),
            Epsilon = Epsilon,
            Dropout = dropout,
            AttentionDropout = config.Probability("attention_dropout", 0.1),
            Names = _names,
        };
        int vocabulary = config.Size("vocab_size", 30522);
        string at = prefix + "embeddings";
        InputEmbeddings embeddings = new(
            builder.Embedding(at + ".word_embeddings", vocabulary, hidden, PaddingRow.Of(config, vocabulary, absent: 0)),
            builder.StreamPoint(at, layer: null, hidden))
        {
            // Sinusoidal ones stand in the checkpoint like learned ones.
            Positions = new(builder.Embedding(at + ".position_embeddings", config.Size("max_position_embeddings", 512), hidden)),
            Norm = builder.LayerNorm(at + ".LayerNorm", hidden, Epsilon),
            Dropout = dropout,
        };
        return new Stack(embeddings, layers.Build(builder, prefix + Layers), isCausal: false) { MaxPositions = embeddings.Positions.Count, KeepsKeys = false };
    }

    private static ITaskHead Head(TaskType task, HeadRequest request)
    {
        (ModelConfig config, ModelBuilder builder, int hidden) = (request.Config, request.Builder, request.Backbone.HiddenSize);
        return task switch
        {
            TaskType.SequenceClassification => new FirstTokenClassifier(
                builder.Head("pre_classifier", hidden, hidden, bias: true), Activations.Of("relu"),
                builder.Head("classifier", hidden, request.Labels, bias: true), request.Problem)
            {
                Dropout = config.Probability("seq_classif_dropout", 0.2),
            },
            TaskType.TokenClassification => EncoderHeads.Tokens(request, config.Probability("dropout", 0.1)),
            TaskType.QuestionAnswering => EncoderHeads.Span(request, config.Probability("qa_dropout", 0.1)),
            _ => new HiddenStates(),
        };
    }
}
