using System.Text.Json.Nodes;
using PeftSharp.Adapters;

namespace PeftSharp.Methods.Oft;

/// <summary>
/// OFT (Qiu et al. 2023, arXiv:2306.07280): the input of a layer is rotated block by block, which keeps the angles between
/// neurons. Keys and defaults are those of HF PEFT's OFTConfig.
/// </summary>
public sealed record OftOptions : LayerTargetedOptions
{
    /// <inheritdoc/>
    public override string PeftType => "OFT";

    /// <summary>The number of blocks of a layer (<c>r</c>); 0 where <see cref="BlockSize"/> says it.</summary>
    public int R { get; init; }

    /// <summary>The width of a block (<c>oft_block_size</c>); 0 where <see cref="R"/> says it.</summary>
    public int BlockSize { get; init; } = 32;

    /// <summary>The share of blocks left unrotated in a training step (<c>module_dropout</c>).</summary>
    public double ModuleDropout { get; init; }

    /// <summary>Keep the rotations small: each layer's within <see cref="Eps"/> (<c>coft</c>).</summary>
    public bool Constrained { get; init; }

    /// <summary>The bound of <see cref="Constrained"/> (<c>eps</c>).</summary>
    public double Eps { get; init; } = 6e-5;

    /// <summary>One block for the whole layer (<c>block_share</c>).</summary>
    public bool BlockShare { get; init; }

    /// <summary>Approximate Cayley's transform by a power series (<c>use_cayley_neumann</c>); false inverts.</summary>
    public bool UseCayleyNeumann { get; init; } = true;

    /// <summary>The terms of the series (<c>num_cayley_neumann_terms</c>).</summary>
    public int CayleyNeumannTerms { get; init; } = 5;

    /// <summary>Which biases of the base train too (<c>bias</c>).</summary>
    public TrainedBiases Bias { get; init; }

    /// <summary>Rotations start as identity (<c>init_weights</c>); false is for tests.</summary>
    public bool InitWeights { get; init; } = true;

    private protected override void Write(JsonObject json)
    {
        WriteLayers(json);
        json["bias"] = BiasTraining.Write(Bias, OftMethod.OnlyWord);
        json["block_share"] = BlockShare;
        json["coft"] = Constrained;
        json["eps"] = Eps;
        json["fan_in_fan_out"] = FanInFanOut;
        json["init_weights"] = InitWeights;
        json["module_dropout"] = ModuleDropout;
        json["num_cayley_neumann_terms"] = CayleyNeumannTerms;
        json["oft_block_size"] = BlockSize;
        json["r"] = R;
        json["use_cayley_neumann"] = UseCayleyNeumann;
    }
}
