using System.Text.Json.Nodes;
using PeftSharp.Adapters;

namespace PeftSharp.Methods.BitFit;

/// <summary>
/// BitFit (Ben Zaken et al. 2021): every bias of the model trains and nothing else, except the head of a task that has
/// one. HF has no such method; the folder is of the same form with <c>peft_type</c> <c>BITFIT</c>.
/// </summary>
public sealed record BitFitOptions : PeftOptions
{
    /// <inheritdoc/>
    public override string PeftType => "BITFIT";

    private protected override void Write(JsonObject json) =>
        json["modules_to_save"] = ModulesToSave is null ? null : new JsonArray([.. ModulesToSave.Select(name => (JsonNode?)name)]);
}
