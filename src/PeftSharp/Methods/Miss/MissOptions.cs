using System.Text.Json.Nodes;
using PeftSharp.Adapters;

namespace PeftSharp.Methods.Miss;

/// <summary>
/// MiSS (Kang and Yin 2024, arXiv:2409.15371): one trained matrix is shared by all shards of a layer's inputs. Keys and
/// defaults are those of HF PEFT's MissConfig.
/// </summary>
public sealed record MissOptions : LayerTargetedOptions
{
    /// <inheritdoc/>
    public override string PeftType => "MISS";

    /// <summary>The width of a shard of inputs (<c>r</c>).</summary>
    public int R { get; init; } = 64;

    /// <summary>With <see cref="MissVariant.Mini"/>, the outputs after which the matrix repeats (<c>mini_r</c>).</summary>
    public int MiniR { get; init; } = 1;

    /// <summary>The probability with which inputs of the update are dropped in training (<c>miss_dropout</c>).</summary>
    public double MissDropout { get; init; }

    /// <summary>Which of the paper's forms (<c>init_weights</c>).</summary>
    public MissVariant Variant { get; init; }

    /// <summary>Which biases of the base train too (<c>bias</c>).</summary>
    public TrainedBiases Bias { get; init; }

    private protected override void Write(JsonObject json)
    {
        WriteLayers(json);
        json["bias"] = BiasTraining.Write(Bias, MissMethod.OnlyWord);
        json["init_weights"] = Variant switch { MissVariant.Bat => "bat", MissVariant.Mini => "mini", MissVariant.Random => false, _ => true };
        json["mini_r"] = MiniR;
        json["miss_dropout"] = MissDropout;
        json["r"] = R;
    }
}

/// <summary>The forms of MiSS.</summary>
public enum MissVariant
{
    /// <summary>A matrix (r, out) for all shards (<c>true</c>).</summary>
    Plain,

    /// <summary>A matrix (r, mini_r), repeated over the outputs too (<c>"mini"</c>).</summary>
    Mini,

    /// <summary>Blocks that also turn the weight (<c>"bat"</c>).</summary>
    Bat,

    /// <summary>As <see cref="Plain"/>, starting at random (<c>false</c>); for tests.</summary>
    Random,
}
