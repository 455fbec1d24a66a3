using PeftSharp.Adapters;
using PeftSharp.IO;
using PeftSharp.Models;

namespace PeftSharp.Methods.BitFit;

/// <summary>Every parameter with "bias" in its name trains.</summary>
internal sealed class BitFitMethod : IPeftMethod
{
    public string PeftType => "BITFIT";

    public PeftOptions Read(JsonSettings settings) => PeftOptions.ReadShared(settings, new BitFitOptions());

    public void Build(AdapterBuilder builder, PeftOptions options)
    {
        Parameter[] biases = [.. builder.Model.Parameters.Where(parameter => parameter.Name.Contains("bias", StringComparison.Ordinal))];
        if (biases.Length == 0)
            throw new PeftException($"A {builder.Model.Config.ModelType} model of this shape has no biases, so BitFit has nothing to train; use LORA.");
        foreach (Parameter bias in biases)
            builder.TrainInPlace(bias);
    }
}
