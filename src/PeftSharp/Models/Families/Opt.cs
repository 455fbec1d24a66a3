using PeftSharp.Kernels;
using PeftSharp.Models.Blocks;
using PeftSharp.Models.Heads;
using PeftSharp.Models.Nodes;

namespace PeftSharp.Models.Families;

/// <summary>
/// OPT (HF's models/opt; Zhang et al. 2022, arXiv:2205.01068): learned positions from row 2 on, norms before each part, or behind
/// it as in the model of 350 million, which also has narrower token embeddings.
/// </summary>
internal static class Opt
{
    public static ModelFamily Family { get; } = new()
    {
        ModelType = "opt",
        Prefix = "model.",
        LayersPath = "decoder.layers.",
        Architectures = new Dictionary<TaskType, string>
        {
            [TaskType.CausalLanguageModel] = "OPTForCausalLM",
            [TaskType.SequenceClassification] = "OPTForSequenceClassification",
            [TaskType.QuestionAnswering] = "OPTForQuestionAnswering",
            [TaskType.FeatureExtraction] = "OPTModel",
        },
        Roles = new("q_proj", "k_proj", "v_proj", "fc2")
        {
            HubIntermediate = "fc1",
            HubOutput = "fc2",
            AdaLoraTargets = ["q_proj", "k_proj", "v_proj", "out_proj", "fc1", "fc2"],
            Ia3Targets = ["q_proj", "k_proj", "fc2"],
        },
        Parts = "learned positions from row 2 on, layer norms, weights named decoder.layers.0.self_attn.q_proj.weight and decoder.layers.0.fc1.weight",
        Marks = ["do_layer_norm_before", "word_embed_proj_dim", "ffn_dim"],
        BuildBackbone = Build,
        BuildHead = Head,
    };

    private static Stack Build(ModelConfig config, string prefix, ModelBuilder builder)
    {
        const double Epsilon = 1e-5;
        int hidden = config.Size("hidden_size", 768);
        int heads = config.Size("num_attention_heads", 12);
        int inner = config.Size("ffn_dim", 3072);
        int vocabulary = config.Size("vocab_size", 50272);
        int words = config.Size("word_embed_proj_dim", hidden);
        double dropout = config.Probability("dropout", 0.1);
        double attentionDropout = config.Probability("attention_dropout", 0);
        bool bias = config.Flag("enable_bias", true);
        bool before = config.Flag("do_layer_norm_before", true);
        if (hidden % heads != 0)
            throw new PeftException($"{config.Source}: hidden_size {hidden} is not a multiple of num_attention_heads {heads}.");
        Refuse(config);
        var activation = Activations.Of(config.Text("activation_function", "relu"), "activation_function");
        string root = $"{prefix}decoder.";

        Embedding tokens = builder.Embedding($"{root}embed_tokens", vocabulary, words, PaddingRow.Of(config, vocabulary, absent: 1));
        Embedding positions = builder.Embedding($"{root}embed_positions", config.Size("max_position_embeddings", 2048) + 2L, hidden);
        Linear? wider = words == hidden ? null : builder.Linear($"{root}project_in", words, hidden, bias: false);
        InputEmbeddings embeddings = new(tokens, builder.StreamPoint($"{prefix}embeddings", layer: null, hidden))
        {
            WordProjection = wider,
            Positions = new(positions) { First = 2, OfPadding = 1 },
        };
        List<Layer> layers = [];
        int count = builder.Layers(config.Size("num_hidden_layers", 12)).Count;
        for (int i = 0; i < count; i++)
        {
            string at = $"{root}layers.{i}.";
            SeparateProjections projections = new(
                builder.Linear(at + "self_attn.q_proj", hidden, hidden, bias),
                builder.Linear(at + "self_attn.k_proj", hidden, hidden, bias),
                builder.Linear(at + "self_attn.v_proj", hidden, hidden, bias),
                heads);
            layers.Add(new Layer(
                new MultiHeadAttention(projections, builder.Linear(at + "self_attn.out_proj", hidden, hidden, bias)) { Dropout = attentionDropout },
                BranchOf("self_attn_layer_norm", "attention_adapters", SubLayerKind.Attention),
                new PlainFeedForward(builder.Linear(at + "fc1", hidden, inner, bias), builder.Linear(at + "fc2", inner, hidden, bias), activation),
                BranchOf("final_layer_norm", "output_adapters", SubLayerKind.FeedForward),
                builder.StreamPoint(at.TrimEnd('.'), i, hidden)));

            Branch BranchOf(string name, string adapters, SubLayerKind kind)
            {
                LayerNorm norm = builder.LayerNorm(at + name, hidden, Epsilon);
                return new(builder.SubLayer(at + adapters, kind, i, hidden, before ? null : norm)) { Before = before ? norm : null, Dropout = dropout };
            }
        }
        return new Stack(embeddings, layers, isCausal: true)
        {
            MaxPositions = embeddings.Positions.Count,
            KeepsKeys = true,
            Norm = before && !config.Flag("_remove_final_layer_norm", false) ? builder.LayerNorm($"{root}final_layer_norm", hidden, Epsilon) : null,
            Projection = words == hidden ? null : builder.Linear($"{root}project_out", hidden, words, bias: false),
        };
    }

    /// <summary>What changes the numbers and is not built.</summary>
    private static void Refuse(ModelConfig config)
    {
        if (config.Number("layerdrop", 0) is var share and not 0)
            throw new PeftException($"{config.Source}: layerdrop is {share}; dropping whole layers in training is not supported, and nothing else reads it: set it to 0.");
        if (!config.Flag("layer_norm_elementwise_affine", true))
            throw new PeftException($"{config.Source}: layer_norm_elementwise_affine is false; norms without weights are not supported.");
    }

    /// <summary>Heads read what is left of the hidden states at the width of the token embeddings.</summary>
    private static ITaskHead Head(TaskType task, HeadRequest request)
    {
        (_, ModelBuilder builder, IBackbone backbone, int labels, ProblemType? problem) = request;
        long width = backbone.Words.Width;
        return task switch
        {
            TaskType.CausalLanguageModel => new NextToken(LanguageModelHead.Of(request, "lm_head", tied: true)),
            TaskType.SequenceClassification => new LastTokenClassifier(builder.Head("score", width, labels, bias: false), problem),
            TaskType.QuestionAnswering => new SpanHead(builder.Head("qa_outputs", width, 2, bias: true)),
            _ => new HiddenStates(),
        };
    }
}
