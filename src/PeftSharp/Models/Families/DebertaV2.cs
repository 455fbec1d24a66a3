using System.Text.Json;
using PeftSharp.Kernels;
using PeftSharp.Models.Blocks;
using PeftSharp.Models.Heads;
using PeftSharp.Models.Nodes;

namespace PeftSharp.Models.Families;

/// <summary>
/// DeBERTa-v2 and v3 (HF's models/deberta_v2; He et al. 2021, arXiv:2006.03654): BERT's layers with disentangled attention, in
/// which queries and keys also meet embeddings of their distance.
/// </summary>
internal static class DebertaV2
{
    private static readonly EncoderNames _names = EncoderNames.Bert with
    {
        Query = "attention.self.query_proj",
        Key = "attention.self.key_proj",
        Value = "attention.self.value_proj",
    };

    public static ModelFamily Family { get; } = new()
    {
        ModelType = "deberta-v2",
        Prefix = "deberta.",
        LayersPath = "encoder.layer.",
        Architectures = EncoderHeads.Architectures("DebertaV2"),
        Roles = new ModuleRoles("query_proj", "key_proj", "value_proj", "output.dense")
        {
            HubIntermediate = "intermediate.dense",
            HubOutput = "output.dense",
            AdaLoraTargets = ["query_proj", "key_proj", "value_proj", "dense"],
        },
        BuildBackbone = Build,
        BuildHead = Head,
    };

    private static Stack Build(ModelConfig config, string prefix, ModelBuilder builder)
    {
        int hidden = config.Size("hidden_size", 1536);
        int heads = config.Size("num_attention_heads", 24);
        int positions = config.Size("max_position_embeddings", 512);
        double epsilon = config.Number("layer_norm_eps", 1e-7);
        double dropout = config.Probability("hidden_dropout_prob", 0.1);
        int headWidth = EncoderLayers.HeadWidth(config, "hidden_size", hidden, "num_attention_heads", heads);
        if (config.Size("attention_head_size", headWidth) != headWidth)
            throw new PeftException($"{config.Source}: attention_head_size is {config.Size("attention_head_size")} and {heads} heads of hidden_size {hidden} are {headWidth} wide.");
        if (config.Whole("conv_kernel_size", 0, minimum: 0) > 0)
            throw new PeftException($"{config.Source}: conv_kernel_size is {config.Size("conv_kernel_size")}; models with a convolution behind the first layer are not supported.");

        InputEmbeddings embeddings = Embeddings(config, prefix, builder, hidden, positions, epsilon, dropout);
        IReadOnlyList<string> kinds = Kinds(config);
        double scale = 1 / Math.Sqrt(headWidth * (1.0 + kinds.Count));
        RelativeTable? table = config.Flag("relative_attention", false) ? Table(config, prefix, builder, hidden, positions, epsilon, dropout) : null;
        bool shared = config.Flag("share_att_key", false);
        EncoderLayers layers = new()
        {
            Count = config.Size("num_hidden_layers", 24),
            Hidden = hidden,
            Heads = heads,
            Inner = config.Size("intermediate_size", 6144),
            Activation = Activations.Of(config.Text("hidden_act", "gelu")),
            Epsilon = epsilon,
            Dropout = dropout,
            AttentionDropout = config.Probability("attention_probs_dropout_prob", 0.1),
            Scale = scale,
            Names = _names,
            Bias = table is null || kinds.Count == 0 ? null : (at, query, key) => new DisentangledBias(
                table,
                !kinds.Contains("c2p") ? null : shared ? key : builder.Linear(at + "attention.self.pos_key_proj", hidden, hidden, bias: true),
                !kinds.Contains("p2c") ? null : shared ? query : builder.Linear(at + "attention.self.pos_query_proj", hidden, hidden, bias: true),
                heads, scale),
        };
        return new Stack(embeddings, layers.Build(builder, prefix + "encoder.layer."), isCausal: false)
        {
            MaxPositions = positions,
            KeepsKeys = false,
            BlindPadding = true,
        };
    }

    private static InputEmbeddings Embeddings(ModelConfig config, string prefix, ModelBuilder builder, int hidden, int positions, double epsilon, double dropout)
    {
        int width = config.Size("embedding_size", hidden);
        int vocabulary = config.Size("vocab_size", 128100);
        int segments = config.Whole("type_vocab_size", 0, minimum: 0);
        string at = prefix + "embeddings";
        return new(
            builder.Embedding(at + ".word_embeddings", vocabulary, width, PaddingRow.Of(config, vocabulary, absent: 0)),
            builder.StreamPoint(at, layer: null, hidden))
        {
            Positions = config.Flag("position_biased_input", true) ? new(builder.Embedding(at + ".position_embeddings", positions, width)) : null,
            Segments = segments > 0 ? builder.Embedding(at + ".token_type_embeddings", segments, width) : null,
            Projection = width == hidden ? null : builder.Linear(at + ".embed_proj", width, hidden, bias: false),
            ProjectsFirst = true,
            Norm = builder.LayerNorm(at + ".LayerNorm", hidden, epsilon),
            ZerosPadding = true,
            Dropout = dropout,
        };
    }

    /// <summary>The embeddings of distances that all layers share. They stand before the layers, which all read them.</summary>
    private static RelativeTable Table(ModelConfig config, string prefix, ModelBuilder builder, int hidden, int positions, double epsilon, double dropout)
    {
        int farthest = (int)config.Number("max_relative_positions", -1) is var given and >= 1 ? given : positions;
        int buckets = (int)config.Number("position_buckets", -1);
        if (buckets > 0 && (buckets < 2 || farthest - 1 <= buckets / 2))
            throw new PeftException($"{config.Source}: position_buckets {buckets} do not fit max_relative_positions {farthest}: half of them must be at least 1 and below {farthest - 1}.");
        RelativeDistances distances = new(buckets > 0 ? buckets : farthest, buckets > 0 ? farthest : null);
        string at = prefix + "encoder";
        Embedding rows = builder.Embedding(at + ".rel_embeddings", 2L * distances.Span, hidden);
        bool normalised = config.Text("norm_rel_ebd", "none").Split('|').Any(word => word.Trim().Equals("layer_norm", StringComparison.OrdinalIgnoreCase));
        return new(rows, normalised ? builder.LayerNorm(at + ".LayerNorm", hidden, epsilon) : null, distances, dropout);
    }

    /// <summary><c>pos_att_type</c>, a list or words with bars between them: c2p and p2c.</summary>
    private static IReadOnlyList<string> Kinds(ModelConfig config)
    {
        const string Key = "pos_att_type";
        IReadOnlyList<string> words = config.Raw(Key) is { ValueKind: JsonValueKind.String } text
            ? [.. text.GetString()!.ToLowerInvariant().Split('|', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)]
            : config.Names(Key) ?? [];
        return words.FirstOrDefault(word => word is not ("c2p" or "p2c")) is { } other
            ? throw config.Wrong(Key, $"made of c2p and p2c; '{other}' is not supported")
            : [.. words.Distinct(StringComparer.Ordinal)];
    }

    private static ITaskHead Head(TaskType task, HeadRequest request)
    {
        (ModelConfig config, ModelBuilder builder, int hidden) = (request.Config, request.Builder, request.Backbone.HiddenSize);
        double dropout = config.Probability("hidden_dropout_prob", 0.1);
        return task switch
        {
            TaskType.SequenceClassification => new FirstTokenClassifier(
                builder.Pooler("pooler.dense", PoolerWidth(config, hidden), hidden), Activations.Of(config.Text("pooler_hidden_act", "gelu"), "pooler_hidden_act"),
                builder.Head("classifier", hidden, request.Labels, bias: true), request.Problem)
            {
                DropoutBefore = config.Probability("pooler_dropout", 0),
                Dropout = config.Probability("cls_dropout", dropout),
            },
            TaskType.TokenClassification => EncoderHeads.Tokens(request, dropout),
            TaskType.QuestionAnswering => EncoderHeads.Span(request),
            _ => new HiddenStates(),
        };
    }

    private static int PoolerWidth(ModelConfig config, int hidden) => config.Size("pooler_hidden_size", hidden) is var width && width == hidden
        ? hidden
        : throw new PeftException($"{config.Source}: pooler_hidden_size is {width} and the pooler reads hidden states of hidden_size {hidden}.");
}
