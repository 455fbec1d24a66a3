using PeftSharp.IO;
using static TorchSharp.torch;

namespace PeftSharp.Models.Blocks;

/// <summary>
/// The angles of rotary position embeddings: position × θ^(−2i/width), i = 0 … width/2 − 1, with LLaMA 3's or the linear
/// scaling of long contexts (HF's modeling_rope_utils.py).
/// </summary>
internal sealed class RotaryTable
{
    private readonly float[] _inverseFrequencies;

    private RotaryTable(float[] inverseFrequencies) => _inverseFrequencies = inverseFrequencies;

    /// <summary>Reads <c>rope_parameters</c> (or the older <c>rope_theta</c> and <c>rope_scaling</c>) of a config.</summary>
    /// <exception cref="PeftException">The scaling is of a type that is not supported.</exception>
    public static RotaryTable From(ModelConfig config, int headWidth)
    {
        if (headWidth % 2 != 0)
            throw new PeftException($"{config.Source}: rotary positions need an even head width, not {headWidth}.");
        JsonSettings? section = config.Section("rope_parameters") ?? config.Section("rope_scaling");
        double theta = section is not null && section.Has("rope_theta")
            ? section.Number("rope_theta")
            : config.Number("rope_theta", 10000);
        string type = section is null ? "default" : section.Text("rope_type", section.Text("type", "default"));
        float[] frequencies = new float[headWidth / 2];
        for (int i = 0; i < frequencies.Length; i++)
            frequencies[i] = 1f / MathF.Pow((float)theta, 2f * i / headWidth);
        switch (type)
        {
            case "default":
                break;
            case "linear":
                Scale(frequencies, (float)section!.Number("factor"));
                break;
            case "llama3":
                ScaleAsLlama3(frequencies, section!);
                break;
            default:
                throw new PeftException(
                    $"{section!.Source}: rope_type '{type}' is not supported; it is one of default, linear, llama3.");
        }
        return new RotaryTable(frequencies);
    }

    /// <summary>cos and sin of each position: (shape of positions…, head width), the half repeated, in the given dtype.</summary>
    public (Tensor Cos, Tensor Sin) At(Tensor positions, ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        Tensor frequencies = tensor(_inverseFrequencies, device: positions.device);
        Tensor half = positions.to(ScalarType.Float32).unsqueeze(-1).mul(frequencies);
        Tensor angles = cat([half, half], -1);
        return (angles.cos().to(dtype).MoveToOuterDisposeScope(), angles.sin().to(dtype).MoveToOuterDisposeScope());
    }

    private static void Scale(float[] frequencies, float factor)
    {
        for (int i = 0; i < frequencies.Length; i++)
            frequencies[i] /= factor;
    }

    /// <summary>Long waves are stretched by the factor, short ones kept, those between blended.</summary>
    private static void ScaleAsLlama3(float[] frequencies, JsonSettings section)
    {
        float factor = (float)section.Number("factor");
        float low = (float)section.Number("low_freq_factor");
        float high = (float)section.Number("high_freq_factor");
        float context = section.Size("original_max_position_embeddings");
        for (int i = 0; i < frequencies.Length; i++)
        {
            float wave = 2 * MathF.PI / frequencies[i];
            if (wave > context / low)
            {
                frequencies[i] /= factor;
            }
            else if (wave >= context / high)
            {
                float smooth = (context / wave - low) / (high - low);
                frequencies[i] = (1 - smooth) * frequencies[i] / factor + smooth * frequencies[i];
            }
        }
    }
}
