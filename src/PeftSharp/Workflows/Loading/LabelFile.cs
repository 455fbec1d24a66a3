using System.Globalization;
using System.Text.Json.Nodes;
using PeftSharp.Adapters;
using PeftSharp.IO;
using PeftSharp.Models;
using PeftSharp.Tensors;

namespace PeftSharp.Workflows.Loading;

/// <summary>
/// <c>labels.json</c> beside an adapter's own files: the names of its classes. Hugging Face keeps them in the base's
/// config.json, which an adapter does not bring along, and reads over this file.
/// </summary>
public static class LabelFile
{
    /// <summary>The file's name.</summary>
    public const string FileName = "labels.json";

    /// <summary>Writes the file: <c>id2label</c> and <c>label2id</c> as a config.json has them.</summary>
    public static void Write(string folder, IReadOnlyList<string> labels) =>
        AtomicFile.WriteText(Path.Combine(folder, FileName), PythonJson.Write(ToJson(labels)) + "\n");

    /// <summary>The names by id, or null where the folder has no such file.</summary>
    /// <exception cref="PeftException">The file is not sound.</exception>
    public static IReadOnlyList<string>? Read(string folder)
    {
        string path = Path.Combine(folder, FileName);
        return File.Exists(path) ? ModelConfig.Parse(File.ReadAllText(path), path).Labels() : null;
    }

    /// <summary>The names saved with an adapter; without them as many as the head that it brings has rows.</summary>
    internal static IReadOnlyList<string>? OfAdapter(string adapter)
    {
        if (Read(adapter) is { } names)
            return names;
        string weights = Path.Combine(adapter, AdapterFolder.WeightsName);
        if (!File.Exists(weights))
            return null;
        using SafetensorsFile file = SafetensorsFile.Open(weights);
        string? head = file.Names.FirstOrDefault(name => name is "base_model.model.classifier.weight" or "base_model.model.score.weight");
        return head is null ? null : [.. Enumerable.Range(0, (int)file.Info(head).Shape[0]).Select(id => $"LABEL_{id}")];
    }

    /// <summary>The two maps, to put into a config.json as well.</summary>
    internal static JsonObject ToJson(IReadOnlyList<string> labels)
    {
        JsonObject names = [], ids = [];
        for (int id = 0; id < labels.Count; id++)
        {
            names[id.ToString(CultureInfo.InvariantCulture)] = labels[id];
            ids[labels[id]] = id;
        }
        return new JsonObject { ["id2label"] = names, ["label2id"] = ids };
    }
}
