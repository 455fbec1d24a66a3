using PeftSharp.Models.Blocks;
using PeftSharp.Models.Nodes;
using static TorchSharp.torch;

namespace PeftSharp.Models.Families;

/// <summary>The layers of an encoder that normalises behind each part, as BERT does.</summary>
internal sealed record EncoderLayers
{
    /// <summary>How many there are.</summary>
    public required int Count { get; init; }

    /// <summary>The width of the hidden states.</summary>
    public required int Hidden { get; init; }

    /// <summary>The heads of attention.</summary>
    public required int Heads { get; init; }

    /// <summary>The width inside the feed-forward part.</summary>
    public required int Inner { get; init; }

    /// <summary>The activation there.</summary>
    public required Func<Tensor, Tensor> Activation { get; init; }

    /// <summary>What the norms add to the variance.</summary>
    public required double Epsilon { get; init; }

    /// <summary>The dropout of both parts' outputs.</summary>
    public required double Dropout { get; init; }

    /// <summary>The dropout of attention weights.</summary>
    public required double AttentionDropout { get; init; }

    /// <summary>What q · k is multiplied with; null for 1 / √(head width).</summary>
    public double? Scale { get; init; }

    /// <summary>What the parts are called.</summary>
    public EncoderNames Names { get; init; } = EncoderNames.Bert;

    /// <summary>What a layer adds to its scores, from its path and its query and key products; or null.</summary>
    public Func<string, Linear, Linear, IScoreBias>? Bias { get; init; }

    /// <summary>Builds them.</summary>
    /// <param name="builder">Where the weights come from.</param>
    /// <param name="path">What stands before a layer's number.</param>
    public List<Layer> Build(ModelBuilder builder, string path)
    {
        List<Layer> layers = [];
        int count = builder.Layers(Count).Count;
        for (int i = 0; i < count; i++)
        {
            string at = $"{path}{i}.";
            Linear query = Product(Names.Query, Hidden, Hidden), key = Product(Names.Key, Hidden, Hidden), value = Product(Names.Value, Hidden, Hidden);
            IScoreBias? bias = Bias?.Invoke(at, query, key);
            MultiHeadAttention attention = new(new SeparateProjections(query, key, value, Heads), Product(Names.Mixed, Hidden, Hidden))
            {
                Dropout = AttentionDropout,
                Scale = Scale,
                Bias = bias,
            };
            Branch attended = EndOf(Names.Attention, Names.AttentionNorm, SubLayerKind.Attention);
            PlainFeedForward feedForward = new(Product(Names.Up, Hidden, Inner), Product(Names.Down, Inner, Hidden), Activation);
            Branch fed = EndOf(Names.Output, Names.OutputNorm, SubLayerKind.FeedForward);
            layers.Add(new Layer(attention, attended, feedForward, fed, builder.StreamPoint(at.TrimEnd('.'), i, Hidden)));

            Linear Product(string name, long from, long to) => builder.Linear(at + name, from, to, bias: true);

            Branch EndOf(string name, string norm, SubLayerKind kind) =>
                new(builder.SubLayer(at + name, kind, i, Hidden, builder.LayerNorm(at + norm, Hidden, Epsilon))) { Dropout = Dropout };
        }
        return layers;
    }

    /// <summary>The width of a head.</summary>
    /// <exception cref="PeftException">The hidden width does not divide into heads.</exception>
    public static int HeadWidth(ModelConfig config, string hiddenKey, int hidden, string headsKey, int heads) => hidden % heads == 0
        ? hidden / heads
        : throw new PeftException($"{config.Source}: {hiddenKey} {hidden} is not a multiple of {headsKey} {heads}.");
}
