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

    private static Decoder Build(ModelConfig config, string prefix, ModelBuilder builder)
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
        Embedding words = builder.Embedding($"{prefix}embed_tokens", vocabulary, hidden, PaddingRow.Of(config, vocabulary, absent: null));
        StreamPoint start = builder.StreamPoint($"{prefix}embeddings", layer: null, hidden);
        List<DecoderLayer> layers = [];
        for (int i = 0; i < config.Size("num_hidden_layers", 32); i++)
        {
            string at = $"{prefix}layers.{i}.";
            SelfAttention attention = new(
                builder.Linear(at + "self_attn.q_proj", hidden, heads * width, attentionBias),
                builder.Linear(at + "self_attn.k_proj", hidden, groups * width, attentionBias),
                builder.Linear(at + "self_attn.v_proj", hidden, groups * width, attentionBias),
                builder.Linear(at + "self_attn.o_proj", heads * width, hidden, attentionBias),
                heads, dropout);
            GatedFeedForward feedForward = new(
                builder.Linear(at + "mlp.gate_proj", hidden, inner, feedForwardBias),
                builder.Linear(at + "mlp.up_proj", hidden, inner, feedForwardBias),
                builder.Linear(at + "mlp.down_proj", inner, hidden, feedForwardBias),
                activation);
            layers.Add(new DecoderLayer(
                builder.RmsNorm(at + "input_layernorm", hidden, epsilon), attention,
                builder.SubLayer(at + "attention_adapters", SubLayerKind.Attention, i, hidden),
                builder.RmsNorm(at + "post_attention_layernorm", hidden, epsilon), feedForward,
                builder.SubLayer(at + "output_adapters", SubLayerKind.FeedForward, i, hidden),
                builder.StreamPoint(at.TrimEnd('.'), i, hidden)));
        }
        return new Decoder(
            words, start, layers, builder.RmsNorm($"{prefix}norm", hidden, epsilon), RotaryTable.From(config, width), groups, width);
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
