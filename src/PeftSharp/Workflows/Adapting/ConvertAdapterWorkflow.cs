using PeftSharp.Methods.Lora.Converting;
using PeftSharp.Workflows.Configuration;
using PeftSharp.Workflows.Converting;
using PeftSharp.Workflows.Loading;

namespace PeftSharp.Workflows.Adapting;

/// <summary>What was converted.</summary>
/// <param name="Folder">The new adapter folder.</param>
/// <param name="From">The method of the source.</param>
/// <param name="Modules">Each module with its rank and error.</param>
/// <param name="RelativeError">The error over all modules together.</param>
/// <param name="Values">The values in the new adapter.</param>
public sealed record ConvertAdapterResult(string Folder, string From, IReadOnlyList<ConvertedModule> Modules, double RelativeError, long Values);

/// <summary>Rewrites a saved adapter as another method's; the only one that any mergeable method can become is LoRA.</summary>
public static class ConvertAdapterWorkflow
{
    /// <summary>The methods that an adapter can be converted to.</summary>
    public static IReadOnlyList<string> Targets { get; } = ["lora"];

    /// <summary>Converts, in float32, and writes the folder: whole or not at all.</summary>
    /// <param name="location">Base and adapter.</param>
    /// <param name="output">The adapter folder to make.</param>
    /// <param name="rank">The rank of the result.</param>
    /// <param name="overwrite">Whether a folder that is there already is replaced.</param>
    /// <param name="notes">What becomes of the adapter's warnings; null drops them.</param>
    /// <exception cref="ConfigException">There is no adapter, or the output is there already.</exception>
    /// <exception cref="PeftException">The method has no form as a change of weights.</exception>
    public static ConvertAdapterResult Run(ModelLocation location, string output, ConversionRank rank, bool overwrite = false, AdapterNotes? notes = null)
    {
        ArgumentNullException.ThrowIfNull(location);
        string adapter = location.RequireAdapter();
        string target = OutputPlace.Claim(output, overwrite, location.Model, adapter);
        using LoadedModel loaded = LoadedModel.Load(location, new LoadOptions { Dtype = "float32", NeedsHead = false, Notes = notes });
        string from = loaded.Model.Find(PeftModel.DefaultAdapter).Options.PeftType;
        LoraConversion conversion = loaded.Model.ConvertToLora(PeftModel.DefaultAdapter, "converted", rank);
        SavedAdapter.Write(conversion.Adapter, target, adapter);
        return new(output, from, conversion.Modules, conversion.RelativeError, conversion.Adapter.TrainableCount);
    }
}
