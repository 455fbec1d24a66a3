using System.Text.Json.Nodes;
using PeftSharp.Adapters;
using PeftSharp.Inference;
using PeftSharp.IO;
using PeftSharp.Models;
using PeftSharp.Models.Families;
using PeftSharp.Models.Gguf;
using PeftSharp.Tensors;
using PeftSharp.Tensors.Gguf;
using PeftSharp.Workflows.Configuration;
using PeftSharp.Workflows.Converting;
using PeftSharp.Workflows.Loading;
using static TorchSharp.torch;

namespace PeftSharp.Workflows.Merging;

/// <summary>What was merged.</summary>
/// <param name="Folder">The new model folder.</param>
/// <param name="Changed">The weights that differ from the base's.</param>
/// <param name="Tensors">All weights.</param>
/// <param name="Bytes">The bytes of the files of weights.</param>
/// <param name="Dtype">The dtype of the weights.</param>
public sealed record MergeResult(string Folder, int Changed, int Tensors, long Bytes, StoredDType Dtype);

/// <summary>Writes an adapter into its base: the result is an ordinary Hugging Face model folder that needs no adapter.</summary>
public static class MergeWorkflow
{
    /// <summary>The dtypes that a merged model can be written in, besides the base's own.</summary>
    public static IReadOnlyList<string> Dtypes { get; } = [Configuration.Dtypes.Auto, "float32", "float16", "bfloat16"];

    /// <summary>Merges, in float32, and writes the folder: whole or not at all.</summary>
    /// <param name="location">Base and adapter.</param>
    /// <param name="output">The folder to make.</param>
    /// <param name="overwrite">Whether a folder that is there already is replaced.</param>
    /// <param name="dtype">One of <see cref="Dtypes"/>; <c>auto</c> is that of the base's weights, or float32 where the adapter's run computed in it.</param>
    /// <param name="maxShardSize">The most bytes of values in one file, as <see cref="ShardSize.Parse"/> reads it; more are split and get an index.</param>
    /// <param name="notes">What becomes of the adapter's warnings; null drops them.</param>
    /// <exception cref="ConfigException">There is no adapter to merge, or the output is there already or is the base itself.</exception>
    /// <exception cref="PeftException">The adapter cannot be merged, or a value would not be finite.</exception>
    public static MergeResult Run(ModelLocation location, string output, bool overwrite = false, string dtype = Configuration.Dtypes.Auto, string maxShardSize = ShardSize.Default, AdapterNotes? notes = null)
    {
        ArgumentNullException.ThrowIfNull(location);
        if (Checkpoint.IsGguf(output))
            throw new ConfigException($"{output} is the name of a GGUF file; choose another for a model folder.");
        long maxShardBytes = ShardBytes(maxShardSize);
        string adapter = location.RequireAdapter();
        string target = OutputPlace.Claim(output, overwrite, location.Model, adapter);
        StoredDType stored = StoredOf(dtype, location);
        ScalarType wanted = stored.ToScalarType()!.Value;

        using LoadedModel loaded = LoadedModel.Load(location, new LoadOptions { Dtype = "float32", Notes = notes });
        using MergedWeights merged = loaded.Model.MergedWeights();
        using var scope = NewDisposeScope();
        List<(string Name, Tensor Value)> tensors = [.. merged.All().Select(pair => (pair.Name, WeightCast.To(wanted, pair.Name, pair.Value, "Merge with --dtype float32.")))];
        IReadOnlyList<string> files = [];
        AtomicFolder.Write(target, folder =>
        {
            files = ShardedSafetensorsWriter.Write(folder, tensors, maxShardBytes);
            AtomicFile.WriteText(Path.Combine(folder, "config.json"), PythonJson.Write(ConfigOf(loaded.Pretrained.Model, merged.Config, wanted)) + "\n");
            ConvertWorkflow.WriteTokenizer(location.Model, folder);
            TokenizerFiles.Replace(adapter, folder);
        });
        return new(output, merged.ChangedNames.Count(), tensors.Count, files.Sum(file => new FileInfo(Path.Combine(target, file)).Length), stored);
    }

    private static long ShardBytes(string size)
    {
        try
        {
            return ShardSize.Parse(size);
        }
        catch (FormatException e)
        {
            throw new ConfigException($"max_shard_size: {e.Message}");
        }
    }

    /// <summary>Merges, in float32, and writes a GGUF file that llama.cpp runs: whole or not at all.</summary>
    /// <param name="location">Base, a LLaMA language model, and adapter.</param>
    /// <param name="output">The file to make, or a folder that gets <c>model.gguf</c>.</param>
    /// <param name="overwrite">Whether a file that is there already is replaced.</param>
    /// <param name="outtype">One of <see cref="OutTypes.Names"/>; <c>auto</c> is that of the base's weights, or f32 where the adapter's run computed in it.</param>
    /// <param name="notes">What becomes of the adapter's warnings; null drops them.</param>
    /// <exception cref="ConfigException">There is no adapter to merge, or the output is there already.</exception>
    /// <exception cref="PeftException">The adapter cannot be merged, the model is no LLaMA, or a value cannot be held.</exception>
    public static ConvertResult RunToGguf(ModelLocation location, string output, bool overwrite = false, string outtype = OutTypes.Auto, AdapterNotes? notes = null)
    {
        ArgumentNullException.ThrowIfNull(location);
        string adapter = location.RequireAdapter();
        string file = Checkpoint.IsGguf(output) ? output : Path.Combine(output, "model.gguf");
        string target = OutputPlace.Claim(file, overwrite, location.Model, adapter);
        GgmlType type = outtype == OutTypes.Auto && IsFloat32Run(adapter) ? GgmlType.F32 : OutTypes.Parse(outtype, location.Model);
        using LoadedModel loaded = LoadedModel.Load(location, new LoadOptions { Dtype = "float32", Notes = notes });
        using MergedWeights merged = loaded.Model.MergedWeights();
        int count = LlamaGgufWriter.Write(
            target, merged.Config, location.Model, type, merged.All().Select(pair => new NamedWeight(pair.Name, pair.Value.shape, () => pair.Value)), adapter);
        return new(file, count, new FileInfo(target).Length, OutTypes.NameOf(type));
    }

    /// <summary>What was trained in float32 is not rounded to the base's half without being asked.</summary>
    private static bool IsFloat32Run(string adapter) => RunDtype.Of(adapter) == ScalarType.Float32;

    private static StoredDType StoredOf(string dtype, ModelLocation location)
    {
        switch (dtype)
        {
            case "float32":
                return StoredDType.F32;
            case "float16":
                return StoredDType.F16;
            case "bfloat16":
                return StoredDType.BF16;
            case Configuration.Dtypes.Auto:
                return IsFloat32Run(location.RequireAdapter()) ? StoredDType.F32 : OutTypes.MainDType(location.Model);
            default:
                throw new ConfigException($"dtype: '{dtype}' is not one of {string.Join(", ", Dtypes)}.");
        }
    }

    /// <summary>The base's config with the class of the task, the labels and the dtype as they are now.</summary>
    private static JsonObject ConfigOf(BaseModel model, ModelConfig merged, ScalarType dtype)
    {
        JsonObject config = JsonNode.Parse(merged.Json)!.AsObject();
        config["architectures"] = new JsonArray(ModelFamilies.Of(model.Config).Architectures[model.Task]);
        // The weights are no longer packed, if they were.
        config.Remove("quantization_config");
        string key = config.ContainsKey("dtype") ? "dtype" : "torch_dtype";
        config[key] = WeightCast.NameOf(dtype);
        if (model.Task is TaskType.SequenceClassification or TaskType.TokenClassification)
        {
            // What the base's own head decided says nothing of this one.
            config.Remove(ProblemTypes.Key);
            foreach ((string name, JsonNode? map) in LabelFile.ToJson(model.Labels, model.ProblemType, model.Thresholds))
                config[name] = map?.DeepClone();
        }
        return config;
    }
}
