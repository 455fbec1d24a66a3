using PeftSharp.Kernels;
using PeftSharp.Models.Blocks;
using PeftSharp.Models.Heads;
using PeftSharp.Models.Nodes;
using PeftSharp.Models.Rope;

namespace PeftSharp.Models.Families;

/// <summary>
/// GPT-NeoX and Pythia (HF's models/gpt_neox; Black et al. 2022, arXiv:2204.06745): rotary positions on a part of each head,
/// queries, keys and values head by head in one product, attention and feed-forward part side by side.
/// </summary>
internal static class GptNeoX
{
    public static ModelFamily Family { get; } = new()
    {
        ModelType = "gpt_neox",
        Prefix = "gpt_neox.",
        LayersPath = "layers.",
        Architectures = new Dictionary<TaskType, string>
        {
            [TaskType.CausalLanguageModel] = "GPTNeoXForCausalLM",
            [TaskType.SequenceClassification] = "GPTNeoXForSequenceClassification",
            [TaskType.TokenClassification] = "GPTNeoXForTokenClassification",
            [TaskType.QuestionAnswering] = "GPTNeoXForQuestionAnswering",
            [TaskType.FeatureExtraction] = "GPTNeoXModel",
        },
        Roles = new("query_key_value", "query_key_value", "query_key_value", "dense_4h_to_h") { HubIntermediate = "dense_h_to_4h", HubOutput = "dense_4h_to_h" },
        Parts = "rotary positions on a part of each head, layer norms, weights named layers.0.attention.query_key_value.weight with queries, keys and values head by head",
        Marks = ["rotary_pct", "rotary_emb_base", "use_parallel_residual"],
        BuildBackbone = Build,
        BuildHead = Head,
    };

    private static Stack Build(ModelConfig config, string prefix, ModelBuilder builder)
    {
        int hidden = config.Size("hidden_size", 6144);
        int heads = config.Size("num_attention_heads", 64);
        int inner = config.Size("intermediate_size", 24576);
        int vocabulary = config.Size("vocab_size", 50432);
        double epsilon = config.Number("layer_norm_eps", 1e-5);
        double dropout = config.Probability("hidden_dropout", 0);
        double attentionDropout = config.Probability("attention_dropout", 0);
        bool bias = config.Flag("attention_bias", true);
        bool parallel = config.Flag("use_parallel_residual", true);
        if (hidden % heads != 0)
            throw new PeftException($"{config.Source}: hidden_size {hidden} is not a multiple of num_attention_heads {heads}.");
        var activation = Activations.Of(config.Text("hidden_act", "gelu"));
        RotaryTable rotary = RotaryTable.From(config, hidden / heads, new() { ThetaKey = "rotary_emb_base", ShareKey = "rotary_pct", Share = 0.25, HasParts = true });

        InputEmbeddings embeddings = new(
            builder.Embedding($"{prefix}embed_in", vocabulary, hidden),
            builder.StreamPoint($"{prefix}embeddings", layer: null, hidden)) { Dropout = dropout };
        List<Layer> layers = [];
        int count = builder.Layers(config.Size("num_hidden_layers", 44)).Count;
        for (int i = 0; i < count; i++)
        {
            string at = $"{prefix}layers.{i}.";
            Branch attended = BranchOf("input_layernorm", "attention_adapters", SubLayerKind.Attention);
            Branch fed = BranchOf("post_attention_layernorm", "output_adapters", SubLayerKind.FeedForward);
            MultiHeadAttention attention = new(
                new InterleavedProjection(builder.Linear(at + "attention.query_key_value", hidden, 3 * hidden, bias), heads),
                builder.Linear(at + "attention.dense", hidden, hidden, bias)) { Dropout = attentionDropout };
            PlainFeedForward feedForward = new(
                builder.Linear(at + "mlp.dense_h_to_4h", hidden, inner, bias: true),
                builder.Linear(at + "mlp.dense_4h_to_h", inner, hidden, bias: true),
                activation);
            layers.Add(new Layer(attention, attended, feedForward, fed, builder.StreamPoint(at.TrimEnd('.'), i, hidden)) { IsParallel = parallel });

            Branch BranchOf(string norm, string adapters, SubLayerKind kind)
            {
                LayerNorm before = builder.LayerNorm(at + norm, hidden, epsilon);
                return new(builder.SubLayer(at + adapters, kind, i, hidden)) { Before = before, Dropout = dropout };
            }
        }
        return new Stack(embeddings, layers, isCausal: true)
        {
            MaxPositions = rotary.MaxPositions,
            KeepsKeys = true,
            Rotary = rotary,
            Norm = builder.LayerNorm($"{prefix}final_layer_norm", hidden, epsilon),
        };
    }

    private static ITaskHead Head(TaskType task, HeadRequest request)
    {
        (ModelConfig config, ModelBuilder builder, IBackbone backbone, int labels, ProblemType? problem) = request;
        return task switch
        {
            TaskType.CausalLanguageModel => new NextToken(LanguageModelHead.Of(request, "lm_head", tied: false, storedAs: "embed_out")),
            TaskType.SequenceClassification => new LastTokenClassifier(builder.Head("score", backbone.HiddenSize, labels, bias: false), problem),
            TaskType.TokenClassification => new TokenClassifier(
                builder.Head("classifier", backbone.HiddenSize, labels, bias: true), config.Probability("classifier_dropout", 0.1)),
            TaskType.QuestionAnswering => new SpanHead(builder.Head("qa_outputs", backbone.HiddenSize, 2, bias: true)),
            _ => new HiddenStates(),
        };
    }
}
