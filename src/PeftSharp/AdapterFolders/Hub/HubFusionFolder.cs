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

/// <summary>AdapterHub's folders of fusions: <c>adapter_fusion_config.json</c> with <c>model_adapter_fusion.safetensors</c> or its <c>.bin</c>.</summary>
internal static class HubFusionFolder
{
    public const string ConfigName = "adapter_fusion_config.json";
    private const string Weights = "model_adapter_fusion.safetensors", PickledWeights = "pytorch_model_adapter_fusion.bin";

    /// <summary>Reads a folder into a fusion of a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="name">The name of the fusion; null takes the folder's, such as <c>a,b</c>.</param>
    /// <exception cref="PeftException">Keys are missing or too many, or a shape differs.</exception>
    public static Adapter Load(BaseModel model, string folder, string? name)
    {
        JsonSettings settings = JsonSettings.Load(Path.Combine(folder, ConfigName));
        string saved = settings.Text("name");
        string path = Path.Combine(folder, Weights);
        if (!File.Exists(path))
            path = Path.Combine(folder, PickledWeights);
        IReadOnlyList<string> family = ModelFamilies.Of(model.Config).Prefixes;
        using HubCheckpoint file = new(Checkpoint.Open(path), key => HubKeys.ToOurs(key, saved, family, model.BackbonePrefix));
        FusionOptions options = FusionOptions.ReadOwn(
            settings.Section("config") ?? throw settings.Wrong("config", "an object"),
            new FusionOptions
            {
                Adapters = settings.Names("adapter_names") ?? saved.Split(','),
                Places = [.. model.Nodes.OfType<SubLayer>().Where(node => file.Names.Any(key => key.StartsWith($"base_model.model.{node.Path}.adapter_fusion_layer.", StringComparison.Ordinal))).Select(node => node.Path)],
                ModulesToSave = [],
                TrainsHead = false,
            });
        Adapter adapter = PeftMethods.Build(model, options, name ?? saved, seed: 0, isLoading: true, file);
        try
        {
            AdapterFolder.Fill(adapter, file, path);
            return adapter;
        }
        catch
        {
            adapter.Dispose();
            throw;
        }
    }

    /// <summary>Writes a fusion; how far its temperature has come is not part of AdapterHub's files.</summary>
    public static void Save(Adapter fusion, FusionOptions options, string folder)
    {
        string name = string.Join(',', options.Adapters);
        JsonObject json = HubConfig.Header(fusion.Model);
        JsonObject config = [];
        options.WriteForHub(config);
        json["config"] = config;
        json["name"] = name;
        json["model_name"] = options.BaseModelNameOrPath ?? "";
        json["adapter_names"] = new JsonArray([.. options.Adapters.Select(adapter => (JsonNode?)adapter)]);
        using var scope = NewDisposeScope();
        Directory.CreateDirectory(folder);
        SafetensorsWriter.Write(
            Path.Combine(folder, Weights),
            fusion.Trainable.Where(tensor => HubKeys.ToHub(tensor.Key, name) is not null).Select(tensor => (HubKeys.ToHub(tensor.Key, name)!, tensor.Value.detach())),
            new Dictionary<string, string> { ["format"] = "pt" });
        AtomicFile.WriteText(Path.Combine(folder, ConfigName), PythonJson.Write(json));
    }
}
