using PeftSharp.Data;
using PeftSharp.Models;
using PeftSharp.Models.Nodes;

namespace PeftSharp.Adapters;

/// <summary>
/// Which modules a method adapts: peft's rule for all methods that target modules (<c>check_target_module_exists</c> in
/// tuners_utils.py), in its order:
/// <list type="number">
/// <item>a module that <c>exclude_modules</c> names is left out;</item>
/// <item>so is one that <c>modules_to_save</c> names, and what lies in it;</item>
/// <item>a regular expression takes what it matches as a whole, <c>all-linear</c> every linear layer but the head;</item>
/// <item>a list takes a path that stands in it whole, whatever the layers are;</item>
/// <item>else one of which a name is an ending, in the layers that <c>layers_to_transform</c> gives, if it gives any.</item>
/// </list>
/// </summary>
internal sealed record TargetSelection(
    TargetModules Targets, TargetModules? Exclude = null, IReadOnlyList<int>? Layers = null, IReadOnlyList<string>? LayersPattern = null)
{
    /// <summary>The nodes of a model that are selected, in its order.</summary>
    /// <param name="model">The model.</param>
    /// <param name="saved">The names of <c>modules_to_save</c>, with the heads of the task.</param>
    /// <param name="mayNameNothing">True to let names pass that match no module, as peft does; in a saved folder they are no mistake of the user's.</param>
    /// <exception cref="PeftException">Nothing is; the message names the closest modules.</exception>
    public IReadOnlyList<Node> Select(BaseModel model, IReadOnlyList<string>? saved = null, bool mayNameNothing = false)
    {
        List<Node> selected = [.. model.Nodes.Where(node => Selects(node, saved))];
        if (selected.Count == 0)
            throw new PeftException(Explain(model));
        if (Targets.Names is not null && !mayNameNothing)
            foreach (string name in Targets.Names)
                if (!model.Nodes.Any(node => TargetModules.Of(name).Matches(node.Path)))
                    throw new PeftException(NothingLike(model, name));
        return selected;
    }

    private bool Selects(Node node, IReadOnlyList<string>? saved)
    {
        string path = node.Path;
        if (Exclude is not null && Exclude.Matches(path))
            return false;
        if (ModulesToSave.Excludes(saved, path))
            return false;
        if (Targets.IsAllLinear)
            return node is Linear { IsHead: false } && IsInLayers(path);
        if (Targets.Pattern is not null || Targets.HasWhole(path))
            return Targets.Matches(path);
        return Targets.Matches(path) && IsInLayers(path);
    }

    private bool IsInLayers(string path) => Layers is not { Count: > 0 } || LayerOf(path) is { } layer && Layers.Contains(layer);

    /// <summary>The layer number in a path: the first number behind a name, or behind a name that the pattern gives.</summary>
    private int? LayerOf(string path)
    {
        IEnumerable<string> names = LayersPattern?.Where(name => name.Length > 0) ?? [];
        if (!names.Any())
            return PythonRegex.FirstNumber(@"(?:.*?\.)??[^.]*\.(\d+)\.", path);
        foreach (string name in names)
            if (PythonRegex.FirstNumber($@"(?:.*?\.)??(?:{name})\.(\d+)\.", path) is { } layer)
                return layer;
        return null;
    }

    private string Explain(BaseModel model)
    {
        if (!model.Nodes.Any(node => Targets.Matches(node.Path)) && Targets.Names is { Count: > 0 } names)
            return NothingLike(model, names[0]);
        return $"target_modules '{Targets}' with exclude_modules, modules_to_save, layers_to_transform and layers_pattern as given selects no module of this model; it has {Endings(model)}.";
    }

    private static string NothingLike(BaseModel model, string name) =>
        $"target_modules: '{name}' matches no module of this model{NearestName.Suggestion(name, model.Nodes.Select(node => node.Name))}; it has {Endings(model)}.";

    private static string Endings(BaseModel model) =>
        string.Join(", ", model.Nodes.OfType<Linear>().Select(node => node.Name).Distinct(StringComparer.Ordinal));
}
