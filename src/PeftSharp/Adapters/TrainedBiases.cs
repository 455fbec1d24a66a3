using PeftSharp.IO;
using PeftSharp.Models;
using PeftSharp.Models.Nodes;

namespace PeftSharp.Adapters;

/// <summary>Which biases of the base train beside a method (HF's <c>bias</c>).</summary>
public enum TrainedBiases
{
    /// <summary>None (<c>none</c>).</summary>
    None,

    /// <summary>All (<c>all</c>).</summary>
    All,

    /// <summary>Those of the adapted modules (<c>lora_only</c>, <c>vera_only</c>, …).</summary>
    OfTargets,
}

/// <summary>Reads, writes and plugs <see cref="TrainedBiases"/>.</summary>
internal static class BiasTraining
{
    /// <summary>Reads the key <c>bias</c>.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="onlyWord">The method's word for <see cref="TrainedBiases.OfTargets"/>, such as <c>lora_only</c>.</param>
    public static TrainedBiases Read(JsonSettings settings, string onlyWord) => settings.Text("bias", "none") switch
    {
        "none" => TrainedBiases.None,
        "all" => TrainedBiases.All,
        var word when word == onlyWord => TrainedBiases.OfTargets,
        _ => throw settings.Wrong("bias", $"none, all or {onlyWord}"),
    };

    /// <summary>The value of the key <c>bias</c>.</summary>
    public static string Write(TrainedBiases biases, string onlyWord) =>
        biases switch { TrainedBiases.All => "all", TrainedBiases.OfTargets => onlyWord, _ => "none" };

    /// <summary>Trains the biases.</summary>
    /// <param name="builder">Where to plug in.</param>
    /// <param name="targets">The adapted modules.</param>
    /// <param name="biases">Which biases.</param>
    public static void Plug(AdapterBuilder builder, IEnumerable<Node> targets, TrainedBiases biases)
    {
        if (biases == TrainedBiases.None)
            return;
        HashSet<Parameter> targeted = [.. targets.OfType<Linear>().Select(node => node.Bias).OfType<Parameter>()];
        foreach (Parameter parameter in builder.Model.Parameters.Where(parameter => parameter.LocalName == "bias"))
        {
            // An adapted module is wrapped: HF's name for its own bias has one level more.
            if (targeted.Contains(parameter))
                builder.TrainInPlace(parameter, $"{parameter.ModulePath}.base_layer.bias");
            else if (biases == TrainedBiases.All)
                TrainFreeBias(builder, parameter);
        }
    }

    private static void TrainFreeBias(AdapterBuilder builder, Parameter parameter)
    {
        builder.TrainInPlace(parameter);
        if (ModulesToSave.WrapperOf(builder.ModulesToSave, parameter.ModulePath) is not { } module)
            return;
        // HF's name filter for bias "all" also catches both copies that it keeps of a module in modules_to_save; of the
        // copy's name it takes the adapter's off only where that stands last.
        string inside = parameter.ModulePath[module.Length..];
        builder.Echo($"{module}.modules_to_save{(inside.Length == 0 ? "" : $".{Adapter.DefaultName}{inside}")}.bias", parameter, ofBase: false);
        builder.Echo($"{module}.original_module{inside}.bias", parameter, ofBase: true);
    }
}
