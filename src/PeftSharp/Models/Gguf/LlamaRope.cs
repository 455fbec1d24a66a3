using System.Text.Json.Nodes;
using PeftSharp.Models.Rope;
using PeftSharp.Tensors.Gguf;
using static TorchSharp.torch;

namespace PeftSharp.Models.Gguf;

/// <summary>
/// How positions are stretched: Hugging Face names a rule with its numbers, llama.cpp keeps LLaMA 3's rule as a tensor of
/// what it divides each frequency by.
/// </summary>
internal static class LlamaRope
{
    /// <summary>The tensor of divisors.</summary>
    public const string FactorsName = "rope_freqs.weight";

    private const string Kind = "llama.rope.scaling.type", Factor = "llama.rope.scaling.factor", OlderFactor = "llama.rope.scale_linear";

    // The numbers of LLaMA 3's rule, which llama.cpp has no keys for.
    private const string Stretch = "peft.rope.factor", Low = "peft.rope.low_freq_factor", High = "peft.rope.high_freq_factor", Context = "peft.rope.original_context_length";

    /// <summary>The <c>rope_parameters</c> of a file.</summary>
    /// <exception cref="InvalidDataException">The file stretches positions in a way that is not supported.</exception>
    public static JsonObject ToParameters(GgufFile file, int headWidth)
    {
        GgufMetadata metadata = file.Entries;
        double theta = metadata.Number("llama.rope.freq_base", 10000);
        JsonObject parameters = new() { ["rope_theta"] = theta, ["rope_type"] = "default" };
        switch (metadata.Text(Kind, "linear"))
        {
            case "none":
                break;
            // As llama.cpp: the rule where none is named, and nothing without a factor.
            case "linear":
                if (metadata.Number(Factor, metadata.Number(OlderFactor, 0)) is var factor and not (0 or 1))
                    (parameters["rope_type"], parameters["factor"]) = ("linear", factor);
                break;
            case var other:
                throw new InvalidDataException($"{file.Path}: {Kind} is \"{other}\"; supported are none and linear.");
        }
        if (file.Contains(FactorsName))
            AddLlama3(parameters, file, theta, headWidth);
        return parameters;
    }

    /// <summary>Writes the scaling of a config.</summary>
    /// <param name="config">The config.</param>
    /// <param name="headWidth">The rows of a head.</param>
    /// <param name="metadata">Given the entries.</param>
    /// <returns>The divisors that go into <see cref="FactorsName"/>, or null.</returns>
    /// <exception cref="PeftException">llama.cpp has no such scaling, or it is not supported.</exception>
    public static float[]? Write(ModelConfig config, int headWidth, GgufMetadata metadata)
    {
        RopeParameters rope = RopeParameters.Of(config);
        metadata.Add("llama.rope.freq_base", (float)rope.Theta);
        switch (rope.Type)
        {
            case "default":
                return null;
            case "linear":
                metadata.Add(Kind, "linear");
                metadata.Add(Factor, (float)rope.Factor());
                return null;
            case "llama3":
                (double factor, double low, double high) = (rope.Factor(), rope.Number("low_freq_factor"), rope.Number("high_freq_factor"));
                int context = rope.OriginalPositions;
                metadata.Add(Stretch, factor);
                metadata.Add(Low, low);
                metadata.Add(High, high);
                metadata.Add(Context, (uint)context);
                return Llama3(rope.Theta, headWidth, factor, low, high, context);
            case var other:
                throw new PeftException($"{rope.Source}: rope_type '{other}' cannot be written as GGUF; it is one of default, linear, llama3.");
        }
    }

    /// <summary>The numbers behind the divisors: those that this library wrote, else those of every published model, of which only the factor differs: the longest wave shows it.</summary>
    private static void AddLlama3(JsonObject parameters, GgufFile file, double theta, int headWidth)
    {
        using Tensor stored = file.Load(FactorsName, ScalarType.Float32);
        float[] divisors = stored.data<float>().ToArray();
        if (divisors.Length != headWidth / 2 || divisors.Any(divisor => !(divisor >= 1 && float.IsFinite(divisor))))
            throw new InvalidDataException($"{file.Path}: {FactorsName} must have {headWidth / 2} finite numbers of at least 1.");
        if (divisors.All(divisor => divisor == 1))
            return;
        GgufMetadata metadata = file.Entries;
        double factor = metadata.Number(Stretch, divisors.Max()), low = metadata.Number(Low, 1), high = metadata.Number(High, 4);
        int context = metadata.Count32(Context, 8192);
        float[] rule = Llama3(theta, headWidth, factor, low, high, context);
        for (int i = 0; i < divisors.Length; i++)
            if (!(Math.Abs(rule[i] - divisors[i]) <= 1e-4f * rule[i]))
                throw new InvalidDataException($"{file.Path}: {FactorsName} does not follow LLaMA 3's rule (low {low}, high {high}, {context} positions), and no other is supported.");
        parameters["rope_type"] = "llama3";
        parameters["factor"] = factor;
        parameters["low_freq_factor"] = low;
        parameters["high_freq_factor"] = high;
        parameters["original_max_position_embeddings"] = context;
    }

    /// <summary>1 for short waves, the factor for long ones, 1 / ((1 − s) / factor + s) between.</summary>
    private static float[] Llama3(double theta, int headWidth, double factor, double low, double high, double context)
    {
        float[] divisors = new float[headWidth / 2];
        for (int i = 0; i < divisors.Length; i++)
        {
            double wave = 2 * Math.PI * Math.Pow(theta, 2.0 * i / headWidth);
            double smooth = (context / wave - low) / (high - low);
            divisors[i] = (float)(wave < context / high ? 1 : wave > context / low ? factor : 1 / ((1 - smooth) / factor + smooth));
        }
        return divisors;
    }
}
