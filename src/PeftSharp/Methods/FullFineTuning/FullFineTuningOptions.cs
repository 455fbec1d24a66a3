using System.Text.Json.Nodes;
using PeftSharp.Adapters;

namespace PeftSharp.Methods.FullFineTuning;

/// <summary>Full fine-tuning as a method like the others: every parameter of the model trains, in an fp32 copy.</summary>
public sealed record FullFineTuningOptions : PeftOptions
{
    /// <inheritdoc/>
    public override string PeftType => "FULL";

    private protected override void Write(JsonObject json)
    {
    }
}
