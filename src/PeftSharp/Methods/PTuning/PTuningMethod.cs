using PeftSharp.Adapters;
using PeftSharp.IO;
using PeftSharp.Methods.PromptLearning;
using PeftSharp.Methods.Shared;
using PeftSharp.Models;
using static TorchSharp.torch;

namespace PeftSharp.Methods.PTuning;

/// <summary>
/// Plugs P (count, width) into the embedding slot, in front of the tokens: with E (count, width),
/// P = W₃ relu(W₂ relu(W₁ E + b₁) + b₂) + b₃, or P = W₂ relu(W₁ LSTM(E) + b₁) + b₂.
/// </summary>
internal sealed class PTuningMethod : PromptLearningMethod<PTuningOptions>
{
    public override string PeftType => "P_TUNING";

    protected override IReadOnlyList<OptionKey> OwnKeys =>
    [
        new("encoder_reparameterization_type", "MLP", "network that makes the tokens: MLP, LSTM (P_TUNING)"),
        new("encoder_num_layers", "2", "layers of the LSTM (P_TUNING)"),
        new("encoder_dropout", "0", "dropout between the LSTM's layers (P_TUNING)"),
    ];

    public override PeftOptions Read(JsonSettings settings) => PromptLearningOptions.ReadPrompt(settings, new PTuningOptions
    {
        NumVirtualTokens = 0,
        Reparameterization = settings.Text("encoder_reparameterization_type", "MLP") switch
        {
            "MLP" => PromptReparameterization.Mlp,
            "LSTM" => PromptReparameterization.Lstm,
            _ => throw settings.Wrong("encoder_reparameterization_type", "MLP or LSTM"),
        },
        EncoderHiddenSize = settings.Has("encoder_hidden_size") ? settings.Size("encoder_hidden_size") : null,
        EncoderNumLayers = settings.Size("encoder_num_layers", 2),
        EncoderDropout = settings.Probability("encoder_dropout", 0),
    });

    protected override PTuningOptions Complete(PTuningOptions options, BaseModel model)
    {
        options = base.Complete(options, model);
        if (options.EncoderHiddenSize < 1)
            throw new PeftException($"encoder_hidden_size is {options.EncoderHiddenSize}; it must be at least 1.");
        if (options.EncoderNumLayers < 1)
            throw new PeftException($"encoder_num_layers is {options.EncoderNumLayers}; it must be at least 1.");
        Require.Probability("encoder_dropout", options.EncoderDropout);
        return options with { EncoderHiddenSize = options.EncoderHiddenSize ?? options.TokenDim };
    }

    protected override void Build(AdapterBuilder builder, PTuningOptions options)
    {
        (int count, int width) = (options.AllRows, options.TokenDim!.Value);
        using var scope = NewDisposeScope();
        // A saved folder holds the virtual tokens themselves, however they were made.
        if (builder.IsLoading)
        {
            builder.ExpectOwn(EmbeddingsKey, count, width);
            Tensor embeddings = builder.TrainOwn(EmbeddingsKey, zeros([count, width], device: builder.Model.Device));
            builder.Plug(new VirtualEmbeddings(options.NumVirtualTokens, _ => embeddings.alias()));
            return;
        }
        Tensor start = builder.TrainOwn($"{EncoderPrefix}embedding.weight", DenseLayer.Normal(builder, 1, count, width), isSaved: false);
        Func<Tensor, Pass, Tensor> encoder = options.Reparameterization == PromptReparameterization.Lstm
            ? Lstm(builder, options)
            : Mlp(builder, options);
        builder.Compute(EmbeddingsKey, () => Encode(Pass.Bare));
        builder.Plug(new VirtualEmbeddings(options.NumVirtualTokens, call => Encode(call.Pass)));

        Tensor Encode(Pass pass)
        {
            using var encoding = NewDisposeScope();
            return encoder(start, pass).MoveToOuterDisposeScope();
        }
    }

    private static Func<Tensor, Pass, Tensor> Mlp(AdapterBuilder builder, PTuningOptions options)
    {
        (int width, int hidden) = (options.TokenDim!.Value, options.EncoderHiddenSize!.Value);
        DenseLayer first = DenseLayer.Train(builder, $"{EncoderPrefix}mlp_head.0", width, hidden);
        DenseLayer second = DenseLayer.Train(builder, $"{EncoderPrefix}mlp_head.2", hidden, hidden);
        DenseLayer third = DenseLayer.Train(builder, $"{EncoderPrefix}mlp_head.4", hidden, width);
        return (start, _) => third.Forward(second.Forward(first.Forward(start).relu()).relu());
    }

    private static Func<Tensor, Pass, Tensor> Lstm(AdapterBuilder builder, PTuningOptions options)
    {
        (int width, int hidden) = (options.TokenDim!.Value, options.EncoderHiddenSize!.Value);
        BidirectionalLstm lstm = new(builder, $"{EncoderPrefix}lstm_head", width, hidden, options.EncoderNumLayers, options.EncoderDropout);
        DenseLayer first = DenseLayer.Train(builder, $"{EncoderPrefix}mlp_head.0", 2 * hidden, 2 * hidden);
        DenseLayer second = DenseLayer.Train(builder, $"{EncoderPrefix}mlp_head.2", 2 * hidden, width);
        return (start, pass) => second.Forward(first.Forward(lstm.Forward(start, pass)).relu());
    }
}
