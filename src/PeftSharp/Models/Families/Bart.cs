using PeftSharp.Kernels;
using PeftSharp.Models.Blocks;
using PeftSharp.Models.Heads;
using PeftSharp.Models.Nodes;
using static TorchSharp.torch;

namespace PeftSharp.Models.Families;

/// <summary>BART and mBART (HF's models/bart and mbart): encoder-decoders with learned positions; post-norm in BART, pre-norm in mBART.</summary>
internal static class Bart
{
    /// <summary>The rows of the table of positions that stand before the first position, from fairseq.</summary>
    private const int FirstPosition = 2;

    public static ModelFamily Family { get; } = Of("bart", "Bart", isPreNorm: false);

    public static ModelFamily Multilingual { get; } = Of("mbart", "MBart", isPreNorm: true);

    private static ModelFamily Of(string type, string name, bool isPreNorm) => new()
    {
        ModelType = type,
        Prefix = "model.",
        LayersPath = "encoder.layers.",
        Architectures = new Dictionary<TaskType, string>
        {
            [TaskType.SequenceToSequence] = $"{name}ForConditionalGeneration",
            [TaskType.SequenceClassification] = $"{name}ForSequenceClassification",
            [TaskType.QuestionAnswering] = $"{name}ForQuestionAnswering",
            [TaskType.FeatureExtraction] = $"{name}Model",
        },
        Roles = new ModuleRoles("q_proj", "k_proj", "v_proj", "fc2") { HubIntermediate = "fc1", HubOutput = "fc2" },
        BuildBackbone = (config, prefix, builder) => Build(config, prefix, builder, isPreNorm),
        BuildHead = Head,
    };

    private static EncoderDecoder Build(ModelConfig config, string prefix, ModelBuilder builder, bool isPreNorm)
    {
        int vocabulary = config.Size("vocab_size", 50265), hidden = config.Size("d_model", 1024);
        Embedding words = builder.SharedEmbedding(
            $"{prefix}shared", vocabulary, hidden, PaddingRow.Of(config, vocabulary, absent: 1),
            $"{prefix}encoder.embed_tokens", $"{prefix}decoder.embed_tokens");
        int layers = config.Size("encoder_layers", 12);
        return new EncoderDecoder(
            StackOf(config, builder, words, prefix, "encoder", layers, first: 0, isPreNorm),
            StackOf(config, builder, words, prefix, "decoder", config.Size("decoder_layers", 12), first: layers, isPreNorm),
            DecoderStart.Of(config, vocabulary, wraps: isPreNorm));
    }

    private static Stack StackOf(ModelConfig config, ModelBuilder builder, Embedding words, string prefix, string side, int count, int first, bool isPreNorm)
    {
        bool isDecoder = side == "decoder";
        string path = $"{prefix}{side}.";
        int hidden = (int)words.Width;
        int heads = config.Size($"{side}_attention_heads", 16), wide = config.Size($"{side}_ffn_dim", 4096);
        double dropout = config.Probability("dropout", 0.1), attentionDropout = config.Probability("attention_dropout", 0), inner = config.Probability("activation_dropout", 0);
        EncoderLayers.HeadWidth(config, "d_model", hidden, $"{side}_attention_heads", heads);
        var activation = Activations.Of(config.Text("activation_function", "gelu"), "activation_function");
        InputEmbeddings embeddings = new(words, builder.StreamPoint($"{path}embed_tokens", layer: null, hidden))
        {
            Scale = config.Flag("scale_embedding", false) ? Math.Sqrt(hidden) : 1,
            Positions = new(builder.Embedding($"{path}embed_positions", config.Size("max_position_embeddings", 1024) + FirstPosition, hidden)) { First = FirstPosition },
            Norm = Norm($"{path}layernorm_embedding"),
            Dropout = dropout,
        };
        List<Layer> layers = [];
        for (int i = 0; i < count; i++)
        {
            (string at, int number) = ($"{path}layers.{i}.", first + i);
            MultiHeadAttention attention = new(Projections(at + "self_attn"), Linear(at + "self_attn.out_proj", hidden, hidden)) { Dropout = attentionDropout };
            Branch attended = BranchOf("attention_adapters", SubLayerKind.Attention, "self_attn_layer_norm");
            (CrossAttention, Branch)? cross = isDecoder
                ? (new CrossAttention(Projections(at + "encoder_attn"), Linear(at + "encoder_attn.out_proj", hidden, hidden)) { Dropout = attentionDropout },
                    BranchOf("cross_attention_adapters", SubLayerKind.CrossAttention, "encoder_attn_layer_norm"))
                : null;
            PlainFeedForward feedForward = new(Linear(at + "fc1", hidden, wide), Linear(at + "fc2", wide, hidden), activation) { Dropout = inner };
            Branch fed = BranchOf("output_adapters", SubLayerKind.FeedForward, "final_layer_norm");
            layers.Add(new Layer(attention, attended, feedForward, fed, builder.StreamPoint(at.TrimEnd('.'), number, hidden)) { Cross = cross });

            Branch BranchOf(string adapters, SubLayerKind kind, string norm)
            {
                LayerNorm node = Norm(at + norm);
                return isPreNorm
                    ? new(builder.SubLayer(at + adapters, kind, number, hidden)) { Before = node, Dropout = dropout }
                    : new(builder.SubLayer(at + adapters, kind, number, hidden, node)) { Dropout = dropout };
            }
        }
        return new Stack(embeddings, layers, isCausal: isDecoder)
        {
            MaxPositions = embeddings.Positions.Count,
            Norm = isPreNorm ? Norm($"{path}layer_norm") : null,
            KeepsKeys = isDecoder,
            Range = new(first, count, TakesRows: !isDecoder),
            CrossRange = isDecoder ? new(first + count, count, TakesRows: false) : null,
        };

        LayerNorm Norm(string at) => builder.LayerNorm(at, hidden, 1e-5);

        Linear Linear(string at, int from, int to) => builder.Linear(at, from, to, bias: true);

        SeparateProjections Projections(string at) =>
            new(Linear(at + ".q_proj", hidden, hidden), Linear(at + ".k_proj", hidden, hidden), Linear(at + ".v_proj", hidden, hidden), heads);
    }

    private static ITaskHead Head(TaskType task, HeadRequest request)
    {
        switch (task)
        {
            case TaskType.SequenceToSequence:
                return new TargetToken(LanguageModelHead.Of(request, "lm_head", tied: true))
                {
                    Bias = NotZero(request.Builder.Buffer("final_logits_bias", 1, request.Backbone.Words.Rows)),
                };
            case TaskType.SequenceClassification:
                return EncoderDecoderHeads.Classifier(request);
            case TaskType.QuestionAnswering:
                return EncoderHeads.Span(request);
            default:
                return new HiddenStates();
        }
    }

    /// <summary>The bias, unless it is the zeros that nearly every checkpoint has.</summary>
    private static Tensor? NotZero(Tensor? bias)
    {
        if (bias is null)
            return null;
        using var scope = NewDisposeScope();
        Tensor largest = bias.abs().max();
        return largest.item<float>() == 0 ? null : bias;
    }
}
