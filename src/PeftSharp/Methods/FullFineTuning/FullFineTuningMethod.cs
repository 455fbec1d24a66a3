using PeftSharp.Adapters;
using PeftSharp.IO;
using PeftSharp.Models;

namespace PeftSharp.Methods.FullFineTuning;

/// <summary>Every parameter trains.</summary>
internal sealed class FullFineTuningMethod : IPeftMethod
{
    public string PeftType => "FULL";

    public PeftOptions Read(JsonSettings settings) => PeftOptions.ReadShared(settings, new FullFineTuningOptions());

    public void Build(AdapterBuilder builder, PeftOptions options)
    {
        foreach (Parameter parameter in builder.Model.Parameters)
            builder.TrainInPlace(parameter);
    }
}
