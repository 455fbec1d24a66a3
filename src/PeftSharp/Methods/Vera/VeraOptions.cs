using System.Text.Json.Nodes;
using PeftSharp.Adapters;

namespace PeftSharp.Methods.Vera;

/// <summary>
/// VeRA (Kopiczko et al. 2023, arXiv:2310.11454): one pair of random frozen projections shared by all layers, and two
/// trained vectors a layer. Keys and defaults are those of HF PEFT's VeraConfig.
/// </summary>
public sealed record VeraOptions : LayerTargetedOptions
{
    /// <inheritdoc/>
    public override string PeftType => "VERA";

    /// <summary>The rank of the shared projections (<c>r</c>).</summary>
    public int R { get; init; } = 256;

    /// <summary>The seed of the shared projections (<c>projection_prng_key</c>).</summary>
    public long ProjectionPrngKey { get; init; }

    /// <summary>
    /// Save the shared projections with the adapter (<c>save_projection</c>); without them the file is tiny and the
    /// projections are drawn again from the seed.
    /// </summary>
    public bool SaveProjection { get; init; } = true;

    /// <summary>The probability with which inputs are dropped in training (<c>vera_dropout</c>).</summary>
    public double VeraDropout { get; init; }

    /// <summary>The value at which λ_d starts (<c>d_initial</c>).</summary>
    public double DInitial { get; init; } = 0.1;

    /// <summary>Which biases of the base train too (<c>bias</c>).</summary>
    public TrainedBiases Bias { get; init; }

    /// <summary>λ_b starts at 0 and λ_d at <see cref="DInitial"/>, so that the adapter starts as nothing (<c>init_weights</c>); false is for tests.</summary>
    public bool InitWeights { get; init; } = true;

    private protected override void Write(JsonObject json)
    {
        WriteLayers(json);
        // HF's VeRA has no exclude_modules.
        if (ExcludeModules is null)
            json.Remove("exclude_modules");
        json["bias"] = BiasTraining.Write(Bias, VeraMethod.OnlyWord);
        json["d_initial"] = DInitial;
        json["fan_in_fan_out"] = FanInFanOut;
        json["init_weights"] = InitWeights;
        json["projection_prng_key"] = ProjectionPrngKey;
        json["r"] = R;
        json["save_projection"] = SaveProjection;
        json["vera_dropout"] = VeraDropout;
    }
}
