using System.Text.Json.Nodes;
using PeftSharp.Adapters;

namespace PeftSharp.Methods.Boft;

/// <summary>
/// BOFT (Liu et al. 2023, arXiv:2311.06243): as OFT, with several factors of blocks in butterfly order, which reach every
/// pair of inputs with few values, and a trained factor for each output. Keys and defaults are those of HF PEFT's BOFTConfig.
/// </summary>
public sealed record BoftOptions : LayerTargetedOptions
{
    /// <inheritdoc/>
    public override string PeftType => "BOFT";

    /// <summary>The width of a block (<c>boft_block_size</c>); 0 where <see cref="BlockCount"/> says it.</summary>
    public int BlockSize { get; init; } = 4;

    /// <summary>The number of blocks of a layer (<c>boft_block_num</c>); 0 where <see cref="BlockSize"/> says it.</summary>
    public int BlockCount { get; init; }

    /// <summary>The number of butterfly factors; 1 is plain block-diagonal (<c>boft_n_butterfly_factor</c>).</summary>
    public int ButterflyFactors { get; init; } = 1;

    /// <summary>The share of blocks left unrotated in a training step (<c>boft_dropout</c>).</summary>
    public double BoftDropout { get; init; }

    /// <summary>Which biases of the base train too (<c>bias</c>).</summary>
    public TrainedBiases Bias { get; init; }

    /// <summary>Rotations start as identity and factors at 1 (<c>init_weights</c>); false is for tests.</summary>
    public bool InitWeights { get; init; } = true;

    private protected override void Write(JsonObject json)
    {
        WriteLayers(json);
        json["bias"] = BiasTraining.Write(Bias, BoftMethod.OnlyWord);
        json["boft_block_num"] = BlockCount;
        json["boft_block_size"] = BlockSize;
        json["boft_dropout"] = BoftDropout;
        json["boft_n_butterfly_factor"] = ButterflyFactors;
        json["fan_in_fan_out"] = FanInFanOut;
        json["init_weights"] = InitWeights;
    }
}
