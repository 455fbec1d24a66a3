using PeftSharp.Kernels;
using PeftSharp.Models.Blocks;
using PeftSharp.Models.Heads;
using PeftSharp.Models.Nodes;

namespace PeftSharp.Models.Families;

/// <summary>T5, T5 v1.1, Flan-T5 and mT5 (HF's models/t5 and mt5): pre-norm encoder-decoder, relative positions, scores without a scale.</summary>
internal static class T5
{
    public static ModelFamily Family { get; } = Of("t5", "T5");

    public static ModelFamily Multilingual { get; } = Of("mt5", "MT5");

    private static ModelFamily Of(string type, string name) => new()
    {
        ModelType = type,
        Prefix = "",
        LayersPath = "encoder.block.",
        OtherPrefixes = new Dictionary<TaskType, string> { [TaskType.SequenceClassification] = "transformer." },
        Architectures = new Dictionary<TaskType, string>
        {
            [TaskType.SequenceToSequence] = $"{name}ForConditionalGeneration",
            [TaskType.SequenceClassification] = $"{name}ForSequenceClassification",
            [TaskType.FeatureExtraction] = $"{name}Model",
        },
        Roles = new ModuleRoles("q", "k", "v", "wo") { HubIntermediate = "wi", HubOutput = "wo" },
        BuildBackbone = Build,
        BuildHead = Head,
    };

    private static EncoderDecoder Build(ModelConfig config, string prefix, ModelBuilder builder)
    {
        Shape shape = new(config);
        Embedding words = builder.SharedEmbedding(
            $"{prefix}shared", shape.Vocabulary, shape.Hidden, paddingIndex: null,
            $"{prefix}encoder.embed_tokens", $"{prefix}decoder.embed_tokens");
        int layers = config.Size("num_layers", 6), decoderLayers = config.Size("num_decoder_layers", layers);
        return new EncoderDecoder(
            StackOf(shape, builder, words, $"{prefix}encoder.", layers, first: 0, isDecoder: false),
            StackOf(shape, builder, words, $"{prefix}decoder.", decoderLayers, first: layers, isDecoder: true),
            DecoderStart.Of(config, shape.Vocabulary));
    }

    private static Stack StackOf(Shape shape, ModelBuilder builder, Embedding words, string path, int count, int first, bool isDecoder)
    {
        (int hidden, double dropout) = (shape.Hidden, shape.Dropout);
        InputEmbeddings embeddings = new(words, builder.StreamPoint($"{path}embed_tokens", layer: null, hidden)) { Dropout = dropout };
        Embedding? table = null;
        List<Layer> layers = [];
        for (int i = 0; i < count; i++)
        {
            (string at, int number) = ($"{path}block.{i}.layer.", first + i);
            MultiHeadAttention attention = new(Projections($"{at}0.SelfAttention"), Output($"{at}0.SelfAttention")) { Dropout = dropout, Scale = 1 };
            if (i == 0)
                table = builder.Embedding($"{at}0.SelfAttention.relative_attention_bias", shape.Buckets, shape.Heads);
            Branch attended = BranchOf(0, SubLayerKind.Attention);
            (CrossAttention, Branch)? cross = isDecoder
                ? (new CrossAttention(Projections($"{at}1.EncDecAttention"), Output($"{at}1.EncDecAttention")) { Dropout = dropout, Scale = 1 }, BranchOf(1, SubLayerKind.CrossAttention))
                : null;
            int last = isDecoder ? 2 : 1;
            IFeedForward feedForward = FeedForward($"{at}{last}.DenseReluDense.");
            layers.Add(new Layer(attention, attended, feedForward, BranchOf(last, SubLayerKind.FeedForward), builder.StreamPoint($"{path}block.{i}", number, hidden)) { Cross = cross });

            SeparateProjections Projections(string part) => new(
                builder.Linear($"{part}.q", hidden, shape.Inner, bias: false),
                builder.Linear($"{part}.k", hidden, shape.Inner, bias: false),
                builder.Linear($"{part}.v", hidden, shape.Inner, bias: false),
                shape.Heads);

            Linear Output(string part) => builder.Linear($"{part}.o", shape.Inner, hidden, bias: false);

            Branch BranchOf(int part, SubLayerKind kind)
            {
                RmsNorm before = builder.RmsNorm($"{at}{part}.layer_norm", hidden, shape.Epsilon);
                return new(builder.SubLayer($"{at}{part}", kind, number, hidden)) { Before = before, Dropout = dropout };
            }
        }
        return new Stack(embeddings, layers, isCausal: isDecoder)
        {
            MaxPositions = Shape.AnyLength,
            Norm = builder.RmsNorm($"{path}final_layer_norm", hidden, shape.Epsilon),
            Dropout = dropout,
            PositionBias = new RelativePositions(table!, shape.Farthest, isCausal: isDecoder),
            KeepsKeys = isDecoder,
            Range = new(first, count, TakesRows: !isDecoder),
            CrossRange = isDecoder ? new(first + count, count, TakesRows: false) : null,
        };

        IFeedForward FeedForward(string at) => shape.IsGated
            ? new GatedFeedForward(
                builder.Linear($"{at}wi_0", hidden, shape.Wide, bias: false),
                builder.Linear($"{at}wi_1", hidden, shape.Wide, bias: false),
                builder.Linear($"{at}wo", shape.Wide, hidden, bias: false), shape.Activation) { Dropout = dropout }
            : new PlainFeedForward(
                builder.Linear($"{at}wi", hidden, shape.Wide, bias: false),
                builder.Linear($"{at}wo", shape.Wide, hidden, bias: false), shape.Activation) { Dropout = dropout };
    }

    private static ITaskHead Head(TaskType task, HeadRequest request)
    {
        ModelConfig config = request.Config;
        switch (task)
        {
            case TaskType.SequenceToSequence:
                bool isTied = config.Flag("tie_word_embeddings", true);
                return new TargetToken(LanguageModelHead.Of(request, "lm_head", tied: true))
                {
                    Scale = config.Flag("scale_decoder_outputs", isTied) ? 1 / Math.Sqrt(request.Backbone.HiddenSize) : 1,
                };
            case TaskType.SequenceClassification:
                return EncoderDecoderHeads.Classifier(request);
            default:
                return new HiddenStates();
        }
    }

    /// <summary>The sizes that both stacks have.</summary>
    private sealed class Shape
    {
        /// <summary>Relative positions end nowhere; this keeps numbers of tokens sane.</summary>
        public const int AnyLength = 1 << 20;

        public Shape(ModelConfig config)
        {
            Vocabulary = config.Size("vocab_size", 32128);
            Hidden = config.Size("d_model", 512);
            Heads = config.Size("num_heads", 8);
            Wide = config.Size("d_ff", 2048);
            Buckets = config.Size("relative_attention_num_buckets", 32);
            Farthest = config.Size("relative_attention_max_distance", 128);
            Epsilon = config.Number("layer_norm_epsilon", 1e-6);
            Dropout = config.Probability("dropout_rate", 0.1);
            int width = config.Size("d_kv", 64);
            if ((long)Heads * width > int.MaxValue)
                throw new PeftException($"{config.Source}: num_heads {Heads} of d_kv {width} are wider than any model.");
            Inner = Heads * width;
            // "gated-gelu" means gelu_new there, and any other name its own function.
            string text = config.Text("feed_forward_proj", "relu");
            string[] parts = text.Split('-');
            if (parts.Length > 2 || (parts.Length == 2 && parts[0] != "gated"))
                throw new PeftException($"{config.Source}: feed_forward_proj '{text}' is neither the name of an activation nor 'gated-' and one.");
            IsGated = parts.Length == 2;
            Activation = Activations.Of(text == "gated-gelu" ? "gelu_new" : parts[^1], "feed_forward_proj");
            if (Buckets < 4 || Buckets % 4 != 0 || Farthest <= Buckets / 2)
                throw new PeftException($"{config.Source}: relative_attention_num_buckets {Buckets} must be a multiple of 4 and relative_attention_max_distance {Farthest} more than half of it.");
        }

        public int Vocabulary { get; }

        public int Hidden { get; }

        public int Heads { get; }

        public int Inner { get; }

        public int Wide { get; }

        public int Buckets { get; }

        public int Farthest { get; }

        public double Epsilon { get; }

        public double Dropout { get; }

        public bool IsGated { get; }

        public Func<TorchSharp.torch.Tensor, TorchSharp.torch.Tensor> Activation { get; }
    }
}
