using PeftSharp.Tensors;
using PeftSharp.Workflows.Configuration;
using PeftSharp.Workflows.Loading;

namespace PeftSharp.Workflows.Converting;

/// <summary>Writes a LoRA adapter as the GGUF file that llama.cpp loads beside a base model.</summary>
public static class ExportAdapterWorkflow
{
    /// <summary>Exports; the file is there whole or not at all.</summary>
    /// <param name="location">Base and adapter.</param>
    /// <param name="output">The file to make; its name ends in <c>.gguf</c>.</param>
    /// <param name="overwrite">Whether a file that is there already is replaced.</param>
    /// <param name="notes">What becomes of the adapter's warnings; null drops them.</param>
    /// <exception cref="ConfigException">There is no adapter, or the output is there already or has another ending.</exception>
    /// <exception cref="PeftException">The adapter is not plain LoRA on a LLaMA model.</exception>
    public static ConvertResult Run(ModelLocation location, string output, bool overwrite = false, AdapterNotes? notes = null)
    {
        ArgumentNullException.ThrowIfNull(location);
        string adapter = location.RequireAdapter();
        if (!Checkpoint.IsGguf(output))
            throw new ConfigException($"{output}: the adapter is written as one GGUF file; give a name that ends in .gguf.");
        string target = OutputPlace.Claim(output, overwrite, location.Model, adapter);
        using LoadedModel loaded = LoadedModel.Load(location, new LoadOptions { Dtype = "float32", NeedsHead = false, Notes = notes });
        int count = LlamaGgufAdapter.Write(target, loaded.Model.Find(PeftModel.DefaultAdapter));
        return new(output, count, new FileInfo(target).Length, "f32");
    }
}
