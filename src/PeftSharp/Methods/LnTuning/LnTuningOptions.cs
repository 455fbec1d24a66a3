using System.Text.Json.Nodes;
using PeftSharp.Adapters;

namespace PeftSharp.Methods.LnTuning;

/// <summary>
/// LN tuning (Zhao et al. 2023, arXiv:2312.11420): the scale and shift of the normalisation layers train. Keys are those of
/// HF PEFT's LNTuningConfig; without <c>target_modules</c> every normalisation layer is taken.
/// </summary>
public sealed record LnTuningOptions : TargetedOptions
{
    /// <inheritdoc/>
    public override string PeftType => "LN_TUNING";

    private protected override void Write(JsonObject json) => WriteTargets(json);
}
