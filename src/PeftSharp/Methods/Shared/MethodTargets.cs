using PeftSharp.Adapters;
using PeftSharp.Models;
using PeftSharp.Models.Nodes;

namespace PeftSharp.Methods.Shared;

/// <summary>The modules that methods for linear layers adapt.</summary>
internal static class MethodTargets
{
    /// <summary>The options with what the family has for LoRA and its like (query and value projections) where they name no modules.</summary>
    public static TOptions OfFamily<TOptions>(BaseModel model, TOptions options)
        where TOptions : TargetedOptions =>
        OfFamily(options, model.Roles.LoraTargets);

    /// <summary>The options with these modules where they name none.</summary>
    public static TOptions OfFamily<TOptions>(TOptions options, IReadOnlyList<string> targets)
        where TOptions : TargetedOptions =>
        options.TargetModules is null ? options with { TargetModules = TargetModules.Of([.. targets]) } : options;

    /// <summary>The linear layers that the options name, in the order of the model.</summary>
    /// <exception cref="PeftException">Nothing is named, or something else than a linear layer; the message says what to change.</exception>
    public static IReadOnlyList<Linear> Linears(AdapterBuilder builder, TargetedOptions options)
    {
        List<Linear> linears = [];
        foreach (Node node in builder.Select(options.Selection()))
            linears.Add(node as Linear ?? throw new PeftException(
                $"target_modules names '{node.Path}', which is {Describe(node)}; {options.PeftType} adapts linear layers only. Take it out of target_modules, or put it into modules_to_save to train it whole."));
        return linears;
    }

    /// <summary>What a node is, in words.</summary>
    public static string Describe(Node node) => node switch
    {
        Linear => "a linear layer",
        Embedding => "an embedding",
        LayerNorm or RmsNorm => "a normalisation layer",
        _ => "no linear layer",
    };
}
