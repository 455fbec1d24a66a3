using PeftSharp.Adapters;
using PeftSharp.IO;
using PeftSharp.Methods.Shared;
using PeftSharp.Models;
using PeftSharp.Models.Nodes;

namespace PeftSharp.Methods.LnTuning;

/// <summary>Trains normalisation layers.</summary>
internal sealed class LnTuningMethod : IPeftMethod
{
    public string PeftType => "LN_TUNING";

    public PeftOptions Read(JsonSettings settings) => TargetedOptions.ReadTargets(settings, new LnTuningOptions());

    public PeftOptions Resolve(BaseModel model, PeftOptions options)
    {
        LnTuningOptions own = (LnTuningOptions)options;
        return own with
        {
            TargetModules = own.TargetModules
                ?? TargetModules.Of([.. model.Roles.NormTargets ?? model.Nodes.Where(node => node is LayerNorm or RmsNorm).Select(node => node.Name).Distinct(StringComparer.Ordinal)]),
        };
    }

    public void Build(AdapterBuilder builder, PeftOptions options)
    {
        foreach (Node node in builder.Select(((LnTuningOptions)options).Selection()))
        {
            if (node is not (LayerNorm or RmsNorm))
                throw new PeftException(
                    $"target_modules names '{node.Path}', which is {MethodTargets.Describe(node)}; LN_TUNING trains normalisation layers only. Take it out of target_modules, or put it into modules_to_save.");
            foreach (Parameter parameter in node.Parameters)
                builder.TrainInPlace(parameter, $"{node.Path}.ln_tuning_layers.{parameter.LocalName}");
        }
    }
}
