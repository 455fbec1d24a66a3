using PeftSharp.Kernels;
using PeftSharp.Models.Blocks;
using PeftSharp.Models.Heads;
using PeftSharp.Models.Nodes;
using PeftSharp.Models.Rope;

namespace PeftSharp.Models.Families;

/// <summary>LLaMA 1 to 3 and its like (HF's models/llama): pre-norm decoder, rotary positions, gated feed-forward, grouped heads.</summary>
internal static class Llama
{
    public static ModelFamily Family { get; } = new()
    {
        ModelType = "llama",
        Prefix = "model.",
        LayersPath = "layers.",
        OtherPrefixes = new Dictionary<TaskType, string> { [TaskType.QuestionAnswering] = "transformer." },
        Architectures = new Dictionary<TaskType, string>
        {
            [TaskType.CausalLanguageModel] = "LlamaForCausalLM",
            [TaskType.SequenceClassification] = "LlamaForSequenceClassification",
            [TaskType.TokenClassification] = "LlamaForTokenClassification",
            [TaskType.QuestionAnswering] = "LlamaForQuestionAnswering",
            [TaskType.FeatureExtraction] = "LlamaModel",
        },
        Roles = new ModuleRoles("q_proj", "k_proj", "v_proj", "down_proj") { HubIntermediate = "down_proj", HubOutput = "up_proj" },
        BuildBackbone = Build,
        BuildHead = Head,
    };

    private static Stack Build(ModelConfig config, string prefix, ModelBuilder builder)
    {
        int hidden = config.Size("hidden_size", 4096);
        int heads = config.Size("num_attention_heads", 32);
        int groups = config.Size("num_key_value_heads", heads);
        int width = config.Size("head_dim", Math.Max(1, hidden / heads));
        int inner = config.Size("intermediate_size", 11008);
        double epsilon = config.Number("rms_norm_eps", 1e-6);
        bool attentionBias = config.Flag("attention_bias", false);
        bool feedForwardBias = config.Flag("mlp_bias", false);
        double dropout = config.Probability("attention_dropout", 0);
        if (heads % groups != 0)
            throw new PeftException($"{config.Source}: num_attention_heads {heads} is not a multiple of num_key_value_heads {groups}.");
        if ((long)heads * width > int.MaxValue)
            throw new PeftException($"{config.Source}: num_attention_heads {heads} of head_dim {width} are wider than any model.");
        if (!config.Has("head_dim") && hidden % heads != 0)
            throw new PeftException($"{config.Source}: hidden_size {hidden} is not a multiple of num_attention_heads {heads}, and head_dim is not given.");
        var activation = Activations.Of(config.Text("hidden_act", "silu"));

        int vocabulary = config.Size("vocab_size", 32000);
        InputEmbeddings embeddings = new(
            builder.Embedding($"{prefix}embed_tokens", vocabulary, hidden, PaddingRow.Of(config, vocabulary, absent: null)),
            builder.StreamPoint($"{prefix}embeddings", layer: null, hidden));
        List<Layer> layers = [];
        for (int i = 0; i < config.Size("num_hidden_layers", 32); i++)
        {
            string at = $"{prefix}layers.{i}.";
            SeparateProjections projections = new(
                builder.Linear(at + "self_attn.q_proj", hidden, heads * width, attentionBias),
                builder.Linear(at + "self_attn.k_proj", hidden, groups * width, attentionBias),
                builder.Linear(at + "self_attn.v_proj", hidden, groups * width, attentionBias),
                heads);
            MultiHeadAttention attention = new(projections, builder.Linear(at + "self_attn.o_proj", heads * width, hidden, attentionBias)) { Dropout = dropout };
            GatedFeedForward feedForward = new(
                builder.Linear(at + "mlp.gate_proj", hidden, inner, feedForwardBias),
                builder.Linear(at + "mlp.up_proj", hidden, inner, feedForwardBias),
                builder.Linear(at + "mlp.down_proj", inner, hidden, feedForwardBias),
                activation);
            layers.Add(new Layer(
                attention, BranchOf("input_layernorm", "attention_adapters", SubLayerKind.Attention),
                feedForward, BranchOf("post_attention_layernorm", "output_adapters", SubLayerKind.FeedForward),
                builder.StreamPoint(at.TrimEnd('.'), i, hidden)));

            Branch BranchOf(string norm, string adapters, SubLayerKind kind)
            {
                INorm before = builder.RmsNorm(at + norm, hidden, epsilon);
                return new(builder.SubLayer(at + adapters, kind, i, hidden)) { Before = before };
            }
        }
        RotaryTable rotary = RotaryTable.From(config, width);
        return new Stack(embeddings, layers, isCausal: true)
        {
            MaxPositions = rotary.MaxPositions,
            KeepsKeys = true,
            Rotary = rotary,
            Norm = builder.RmsNorm($"{prefix}norm", hidden, epsilon),
        };
    }

    private static ITaskHead Head(TaskType task, HeadRequest request)
    {
        (ModelConfig config, ModelBuilder builder, IBackbone backbone, int labels, ProblemType? problem) = request;
        int hidden = backbone.HiddenSize;
        switch (task)
        {
            case TaskType.CausalLanguageModel:
                return new NextToken(config.Flag("tie_word_embeddings", false)
                    ? builder.TiedHead("lm_head", builder.ByName["model.embed_tokens.weight"])
                    : builder.Head("lm_head", hidden, backbone.Words.Rows, bias: false));
            case TaskType.SequenceClassification:
                return new LastTokenClassifier(builder.Head("score", hidden, labels, bias: false), problem);
            case TaskType.TokenClassification:
                double dropout = config.Probability("classifier_dropout", config.Probability("hidden_dropout", 0.1));
                return new TokenClassifier(builder.Head("score", hidden, labels, bias: true), dropout);
            case TaskType.QuestionAnswering:
                return new SpanHead(builder.Head("qa_outputs", hidden, 2, bias: true));
            default:
                return new HiddenStates();
        }
    }
}
