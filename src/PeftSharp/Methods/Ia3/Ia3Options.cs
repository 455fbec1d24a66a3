using System.Text.Json.Nodes;
using PeftSharp.Adapters;

namespace PeftSharp.Methods.Ia3;

/// <summary>
/// (IA)³ (Liu et al. 2022, arXiv:2205.05638): one trained factor for each output of the keys and values and each input of
/// the last feed-forward projection. Keys and defaults are those of HF PEFT's IA3Config.
/// </summary>
public sealed record Ia3Options : TargetedOptions
{
    /// <inheritdoc/>
    public override string PeftType => "IA3";

    /// <summary>
    /// Which of the targets have their input scaled instead of their output (<c>feedforward_modules</c>); null takes the
    /// last projection of the feed-forward part.
    /// </summary>
    public TargetModules? FeedForwardModules { get; init; }

    /// <summary>Factors start at 1, so that the adapter starts as nothing (<c>init_ia3_weights</c>); false is for tests.</summary>
    public bool InitWeights { get; init; } = true;

    private protected override void Write(JsonObject json)
    {
        WriteTargets(json);
        json["fan_in_fan_out"] = FanInFanOut;
        json["feedforward_modules"] = FeedForwardModules?.ToJson();
        json["init_ia3_weights"] = InitWeights;
    }
}
