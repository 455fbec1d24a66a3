using PeftSharp.Adapters;
using PeftSharp.IO;
using PeftSharp.Methods.PromptLearning;
using PeftSharp.Models;
using static TorchSharp.torch;

namespace PeftSharp.Methods.PrefixTuning;

/// <summary>
/// Plugs a prefix into the attention slot: P (count, layers · 2 · width) itself, or in training with projection
/// P = tanh(E W₁ᵀ + b₁) W₂ᵀ + b₂ with E (count, width). The width is that of all key/value heads together.
/// </summary>
internal sealed class PrefixTuningMethod : PromptLearningMethod<PrefixTuningOptions>
{
    public override string PeftType => "PREFIX_TUNING";

    protected override IReadOnlyList<OptionKey> OwnKeys =>
    [
        new("prefix_projection", "false", "make the prefix by a small network in training (PREFIX_TUNING)"),
        new("encoder_hidden_size", null, "width inside the network (PREFIX_TUNING, P_TUNING); unset: a token's width"),
    ];

    public override PeftOptions Read(JsonSettings settings) => PromptLearningOptions.ReadPrompt(settings, new PrefixTuningOptions
    {
        NumVirtualTokens = 0,
        PrefixProjection = settings.Flag("prefix_projection", false),
        EncoderHiddenSize = settings.Has("encoder_hidden_size") ? settings.Size("encoder_hidden_size") : null,
        StartsFromZero = settings.Text("init_weights", "random") switch
        {
            "random" => false,
            "zero" => true,
            _ => throw settings.Wrong("init_weights", "\"zero\", or left out for random values"),
        },
    });

    protected override PrefixTuningOptions Complete(PrefixTuningOptions options, BaseModel model)
    {
        AttentionShape shape = model.Attention;
        int width = shape.KeyValueHeads * shape.HeadWidth;
        options = PromptLearningOptions.CompleteFrom(options, model, width, shape.KeyValueHeads);
        if (options.NumLayers != shape.Layers || options.NumAttentionHeads != shape.KeyValueHeads)
            throw new PeftException(
                $"num_layers is {options.NumLayers} and num_attention_heads {options.NumAttentionHeads}, and this model has {shape.Layers} layers and {shape.KeyValueHeads} key/value heads: leave them out, or the adapter is for another base.");
        if (options.EncoderHiddenSize < 1)
            throw new PeftException($"encoder_hidden_size is {options.EncoderHiddenSize}; it must be at least 1.");
        return options with { EncoderHiddenSize = options.EncoderHiddenSize ?? width };
    }

    protected override void Build(AdapterBuilder builder, PrefixTuningOptions options)
    {
        AttentionShape shape = builder.Model.Attention;
        (int count, int width) = (options.NumVirtualTokens, options.TokenDim!.Value);
        long flatWidth = shape.Layers * 2L * width;
        using var scope = NewDisposeScope();
        // A saved folder holds the prefix itself, however it was made.
        if (!options.PrefixProjection || builder.IsLoading)
        {
            builder.ExpectOwn(EmbeddingsKey, count, flatWidth);
            Tensor prefix = builder.TrainOwn(
                EmbeddingsKey, DenseLayer.Normal(builder, options.StartsFromZero ? 0 : 1, count, flatWidth));
            builder.Plug(RowsOf(prefix.alias));
            return;
        }
        Tensor embedding = builder.TrainOwn($"{EncoderPrefix}embedding.weight", DenseLayer.Normal(builder, 1, count, width), isSaved: false);
        DenseLayer inner = DenseLayer.Train(builder, $"{EncoderPrefix}transform.0", width, options.EncoderHiddenSize!.Value);
        DenseLayer outer = DenseLayer.Train(
            builder, $"{EncoderPrefix}transform.2", options.EncoderHiddenSize.Value, flatWidth, options.StartsFromZero);
        builder.Compute(EmbeddingsKey, Project);
        builder.Plug(RowsOf(Project));

        PrefixRows RowsOf(Func<Tensor> flat) => new(count, shape, flat) { Decoder = builder.Model.DecoderAttentions };

        Tensor Project()
        {
            using var projecting = NewDisposeScope();
            return outer.Forward(inner.Forward(embedding).tanh()).MoveToOuterDisposeScope();
        }
    }
}
