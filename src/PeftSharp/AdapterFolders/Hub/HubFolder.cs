using System.Text.Json.Nodes;
using PeftSharp.Adapters;
using PeftSharp.IO;
using PeftSharp.Methods;
using PeftSharp.Methods.AdapterFusion;
using PeftSharp.Models;
using PeftSharp.Models.Families;
using PeftSharp.Models.Nodes;
using PeftSharp.Tensors;
using static TorchSharp.torch;

namespace PeftSharp.AdapterFolders.Hub;

/// <summary>
/// Adapter folders of AdapterHub's <c>adapters</c> library: <c>adapter_config.json</c> with <c>adapter.safetensors</c> or
/// <c>pytorch_adapter.bin</c>, and, where a head was saved, <c>head_config.json</c> with <c>model_head.safetensors</c> or
/// <c>pytorch_model_head.bin</c>.
/// </summary>
internal static class HubFolder
{
    private const string Weights = "adapter.safetensors", PickledWeights = "pytorch_adapter.bin";
    private const string HeadConfig = "head_config.json", Head = "model_head.safetensors", PickledHead = "pytorch_model_head.bin";

    /// <summary>Reads a folder into an adapter of a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="settings">The folder's config.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="name">The name that the adapter gets.</param>
    /// <param name="withHead">False to leave out a head that was saved with it.</param>
    /// <exception cref="PeftException">Keys are missing or too many, or a shape differs.</exception>
    public static Adapter Load(BaseModel model, JsonSettings settings, string folder, string name, bool withHead)
    {
        HubConfig config = HubConfig.Read(settings);
        CheckModel(model, settings);
        using HubCheckpoint file = Open(model, folder, config.Name);
        using ICheckpoint? head = withHead && Find(folder, Head, PickledHead) is { } headPath ? Checkpoint.Open(headPath) : null;
        IReadOnlyList<string> modules = head is null ? [] : ChangedHeads(model, head, file);
        Adapter adapter = PeftMethods.Build(model, config.Options with { TaskType = model.Task, ModulesToSave = modules, TrainsHead = false }, name, seed: 0, isLoading: true, file);
        try
        {
            AdapterFolder.Fill(adapter, file, file.Path);
            adapter.Warnings = [.. UnknownKeys.Warnings(settings, adapter.Options), .. adapter.Warnings];
            return adapter;
        }
        catch
        {
            adapter.Dispose();
            throw;
        }
    }

    /// <summary>The names of a classification head's labels by id, or null where the folder has no such head.</summary>
    public static IReadOnlyList<string>? Labels(string folder)
    {
        string path = Path.Combine(folder, HeadConfig);
        if (!File.Exists(path))
            return null;
        JsonSettings settings = JsonSettings.Load(path);
        return settings.Text("model_class", "").EndsWith("Classification", StringComparison.Ordinal) && settings.Numbers("label2id") is { Count: > 0 } labels
            ? [.. labels.OrderBy(pair => pair.Value).Select(pair => pair.Key)]
            : null;
    }

    /// <summary>The adapter's file under the keys of a model.</summary>
    public static HubCheckpoint Open(BaseModel model, string folder, string name)
    {
        IReadOnlyList<string> family = ModelFamilies.Of(model.Config).Prefixes;
        string path = Find(folder, Weights, PickledWeights)
            ?? throw new FileNotFoundException($"{folder} has neither {Weights} nor {PickledWeights}.", Path.Combine(folder, Weights));
        return new HubCheckpoint(Checkpoint.Open(path), key => HubKeys.ToOurs(key, name, family, model.BackbonePrefix));
    }

    /// <summary>Writes a folder; each file is written whole or not at all.</summary>
    /// <param name="adapter">The adapter.</param>
    /// <param name="folder">Where to.</param>
    /// <param name="name">The name that the adapter has in the folder.</param>
    /// <param name="withHead">Whether the model's head goes with it.</param>
    /// <exception cref="PeftException">AdapterHub has no such method.</exception>
    public static void Save(Adapter adapter, string folder, string name, bool withHead)
    {
        if (adapter.Options is FusionOptions fusion)
        {
            HubFusionFolder.Save(adapter, fusion, folder);
            return;
        }
        JsonObject config = HubConfig.Write(adapter, name);
        using var scope = NewDisposeScope();
        List<(string, Tensor)> tensors = [];
        foreach ((string key, Tensor value) in adapter.Trainable.Select(tensor => (tensor.Key, tensor.Value)).Concat(adapter.Frozen.Select(tensor => (tensor.Key, tensor.Value))))
            if (HubKeys.ToHub(key, name) is { } hub)
                tensors.Add((hub, value.detach()));
        Directory.CreateDirectory(folder);
        Write(Path.Combine(folder, Weights), tensors);
        AtomicFile.WriteText(Path.Combine(folder, AdapterFolder.ConfigName), PythonJson.Write(config));
        Parameter[] heads = [.. adapter.Model.Nodes.OfType<Linear>().Where(node => node.IsHead).SelectMany(node => node.Parameters)];
        if (!withHead || heads.Length == 0)
            return;
        Write(Path.Combine(folder, Head), [.. heads.Select(parameter => (HeadName(adapter.Model, parameter), adapter.Effective(parameter).detach().to(ScalarType.Float32))), .. adapter.Model.Buffers.Select(buffer => (buffer.Key, buffer.Value.to(ScalarType.Float32)))]);
        AtomicFile.WriteText(Path.Combine(folder, HeadConfig), PythonJson.Write(HeadJson(adapter)));
    }

    private static void Write(string path, List<(string, Tensor)> tensors) =>
        SafetensorsWriter.Write(path, tensors, new Dictionary<string, string> { ["format"] = "pt" });

    private static string? Find(string folder, params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
            if (File.Exists(Path.Combine(folder, name)))
                return Path.Combine(folder, name);
        return null;
    }

    private static void CheckModel(BaseModel model, JsonSettings settings)
    {
        string type = settings.Text("model_type", model.Config.ModelType);
        int hidden = settings.Size("hidden_size", model.HiddenSize);
        if (type != model.Config.ModelType || hidden != model.HiddenSize)
            throw new PeftException(
                $"{settings.Source}: the adapter is for a {type} model with hidden size {hidden}, and this is a {model.Config.ModelType} model with {model.HiddenSize}.");
    }

    /// <summary>Adds the head's tensors to the file where they differ from the model's; returns their modules.</summary>
    private static List<string> ChangedHeads(BaseModel model, ICheckpoint head, HubCheckpoint file)
    {
        using var scope = NewDisposeScope();
        HashSet<string> modules = [];
        foreach (string name in head.Names)
        {
            // A stored tensor that nothing trains is the base's.
            if (model.Buffers.ContainsKey(name))
                continue;
            Parameter parameter = model.FindParameter(name)
                ?? throw new PeftException(
                    $"{head.Path}: '{name}' is no part of this model's {model.Task.ToName()} head; take the head's files out of the folder to load the adapter without it.");
            Tensor stored = head.Load(name);
            if (!stored.shape.SequenceEqual(parameter.Value.shape))
                throw new PeftException(
                    $"{head.Path}: '{name}' is [{string.Join(", ", stored.shape)}] and the model's is [{string.Join(", ", parameter.Value.shape)}]: load the model with the adapter's labels.");
            if (stored.to(parameter.Value.dtype, parameter.Value.device).ne(parameter.Value).any().item<bool>())
                modules.Add(parameter.ModulePath);
        }
        foreach (string name in head.Names.Where(name => model.FindParameter(name) is { } parameter && modules.Contains(parameter.ModulePath)))
            file.Add($"base_model.model.{name}", head, name);
        return [.. modules];
    }

    /// <summary>A tied head goes by its own name, not by the embedding's.</summary>
    private static string HeadName(BaseModel model, Parameter parameter)
    {
        Node head = model.Nodes.OfType<Linear>().First(node => node.IsHead && node.Parameters.Contains(parameter));
        return $"{head.Path}.{parameter.LocalName}";
    }

    private static JsonObject HeadJson(Adapter adapter)
    {
        JsonObject json = HubConfig.Header(adapter.Model);
        // A language model has no labels, and transformers' configs have two all the same.
        IReadOnlyList<string> labels = adapter.Model.Labels is { Count: > 0 } own ? own : ["LABEL_0", "LABEL_1"];
        json["config"] = null;
        json["name"] = null;
        json["model_name"] = adapter.Options.BaseModelNameOrPath ?? "";
        json["num_labels"] = labels.Count;
        json["label2id"] = new JsonObject(labels.Select((label, id) => KeyValuePair.Create(label, (JsonNode?)id)));
        return json;
    }
}
