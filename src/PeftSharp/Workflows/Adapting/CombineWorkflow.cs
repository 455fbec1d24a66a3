using PeftSharp.Adapters;
using PeftSharp.Methods.Lora;
using PeftSharp.Methods.Lora.Combining;
using PeftSharp.Workflows.Configuration;
using PeftSharp.Workflows.Converting;
using PeftSharp.Workflows.Loading;

namespace PeftSharp.Workflows.Adapting;

/// <summary>What was combined.</summary>
/// <param name="Folder">The new adapter folder.</param>
/// <param name="Adapters">The folders that it was made of.</param>
/// <param name="Weights">Their weights.</param>
/// <param name="CombinationType">How.</param>
/// <param name="Rank">The rank of the result.</param>
/// <param name="Values">The values in the new adapter.</param>
public sealed record CombineResult(
    string Folder, IReadOnlyList<string> Adapters, IReadOnlyList<double> Weights, string CombinationType, int Rank, long Values);

/// <summary>Makes one LoRA adapter of several saved ones of the same base (peft's <c>add_weighted_adapter</c>).</summary>
public static class CombineWorkflow
{
    /// <summary>The known values of <see cref="WeightedCombination.CombinationType"/>.</summary>
    public static IReadOnlyList<string> Types => LoraCombiner.Types;

    /// <summary>Combines, in float32, and writes the folder: whole or not at all.</summary>
    /// <param name="combination">How; its adapters are folders of adapters or runs.</param>
    /// <param name="output">The adapter folder to make.</param>
    /// <param name="baseModel">The base, where it is not where the first adapter says.</param>
    /// <param name="overwrite">Whether a folder that is there already is replaced.</param>
    /// <param name="notes">What becomes of the adapter's warnings; null drops them.</param>
    /// <exception cref="ConfigException">An adapter is given twice, or the output is there already.</exception>
    /// <exception cref="PeftException">The adapters do not fit each other or the settings.</exception>
    public static CombineResult Run(WeightedCombination combination, string output, string? baseModel = null, bool overwrite = false, AdapterNotes? notes = null)
    {
        ArgumentNullException.ThrowIfNull(combination);
        IReadOnlyList<string> folders = combination.Adapters;
        if (folders.Count == 0)
            throw new ConfigException("No adapters are given to combine.");
        if (folders.GroupBy(Path.GetFullPath).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new ConfigException($"{twice.First()} is given twice; give it once with the sum of its weights.");
        ModelLocation[] locations = [.. folders.Select(folder => ModelLocation.Resolve(folder, null, baseModel))];
        string[] adapters = [.. locations.Select(location => location.RequireAdapter())];
        string target = OutputPlace.Claim(output, overwrite, [locations[0].Model, .. adapters]);
        using LoadedModel loaded = LoadedModel.Load(locations[0], new LoadOptions { Dtype = "float32", NeedsHead = false });
        PeftModel model = loaded.Model;
        model.RemoveAdapter(PeftModel.DefaultAdapter);
        foreach ((string folder, string adapter) in folders.Zip(adapters))
            model.LoadAdapter(adapter, folder);
        notes?.Tell(folders.Select(model.Find));
        Adapter made = model.AddWeightedAdapter(PeftModel.DefaultAdapter, combination);
        SavedAdapter.Write(made, target, adapters[0]);
        return new(output, folders, combination.Weights, combination.CombinationType, ((LoraOptions)made.Options).R, made.TrainableCount);
    }
}
