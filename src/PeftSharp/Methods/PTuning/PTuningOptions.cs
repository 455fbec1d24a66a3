using System.Text.Json.Nodes;
using PeftSharp.Methods.PromptLearning;

namespace PeftSharp.Methods.PTuning;

/// <summary>
/// P-tuning (Liu et al. 2021, arXiv:2103.10385): embeddings in front of those of the text, made in training by a small
/// network; what is saved is its output.
/// </summary>
public sealed record PTuningOptions : PromptLearningOptions
{
    /// <inheritdoc/>
    public override string PeftType => "P_TUNING";

    /// <summary>The network (<c>encoder_reparameterization_type</c>).</summary>
    public PromptReparameterization Reparameterization { get; init; }

    /// <summary>The width inside the network (<c>encoder_hidden_size</c>); null takes the width of a token embedding.</summary>
    public int? EncoderHiddenSize { get; init; }

    /// <summary>The layers of the LSTM (<c>encoder_num_layers</c>); the MLP always has three.</summary>
    public int EncoderNumLayers { get; init; } = 2;

    /// <summary>The dropout between the LSTM's layers (<c>encoder_dropout</c>).</summary>
    public double EncoderDropout { get; init; }

    private protected override void WriteOwn(JsonObject json)
    {
        json["encoder_dropout"] = EncoderDropout;
        json["encoder_hidden_size"] = EncoderHiddenSize;
        json["encoder_num_layers"] = EncoderNumLayers;
        json["encoder_reparameterization_type"] = Reparameterization == PromptReparameterization.Lstm ? "LSTM" : "MLP";
    }
}

/// <summary>The network that makes the virtual tokens of P-tuning.</summary>
public enum PromptReparameterization
{
    /// <summary>Three dense layers with ReLU between (<c>MLP</c>).</summary>
    Mlp,

    /// <summary>A bidirectional LSTM and two dense layers (<c>LSTM</c>).</summary>
    Lstm,
}
