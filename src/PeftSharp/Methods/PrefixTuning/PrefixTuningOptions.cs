using System.Text.Json.Nodes;
using PeftSharp.Methods.PromptLearning;

namespace PeftSharp.Methods.PrefixTuning;

/// <summary>
/// Prefix tuning (Li and Liang 2021, arXiv:2101.00190): every layer's attention sees trainable keys and values in front of
/// those of the text. Works on encoders and decoders, for every task.
/// </summary>
public sealed record PrefixTuningOptions : PromptLearningOptions
{
    /// <inheritdoc/>
    public override string PeftType => "PREFIX_TUNING";

    /// <summary>Make the prefix by a small network in training (<c>prefix_projection</c>); what is saved is its output.</summary>
    public bool PrefixProjection { get; init; }

    /// <summary>The width inside that network (<c>encoder_hidden_size</c>); null takes the width of a virtual token.</summary>
    public int? EncoderHiddenSize { get; init; }

    /// <summary>True to start from zeros (<c>init_weights: zero</c>), else from random values.</summary>
    public bool StartsFromZero { get; init; }

    private protected override void WriteOwn(JsonObject json)
    {
        json["encoder_hidden_size"] = EncoderHiddenSize;
        json["init_weights"] = StartsFromZero ? "zero" : null;
        json["prefix_projection"] = PrefixProjection;
    }
}
