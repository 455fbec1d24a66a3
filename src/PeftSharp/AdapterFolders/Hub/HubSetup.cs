using System.Text.Json;
using PeftSharp.Adapters;
using PeftSharp.IO;

namespace PeftSharp.AdapterFolders.Hub;

/// <summary>AdapterHub's <c>adapter_setup.json</c>: the composition that a folder of adapter folders was saved with.</summary>
internal static class HubSetup
{
    private const string FileName = "adapter_setup.json";
    private const int Deepest = 32;

    /// <summary>Loads every adapter and fusion below a folder under its folder's name, and reads how they work together.</summary>
    /// <exception cref="PeftException">A folder does not fit the model, or the setup is not understood.</exception>
    public static Composition Load(PeftModel model, string folder)
    {
        JsonSettings settings = JsonSettings.Load(Path.Combine(folder, FileName));
        JsonElement setup = settings.Raw("adapter_setup") ?? throw settings.Wrong("adapter_setup", "an object");
        foreach (string inner in Directory.GetDirectories(folder).Order(StringComparer.Ordinal))
            if (File.Exists(Path.Combine(inner, AdapterFolder.ConfigName)) || File.Exists(Path.Combine(inner, HubFusionFolder.ConfigName)))
                model.LoadAdapter(inner, Path.GetFileName(inner));
        return Read(settings, setup, 0);
    }

    private static Composition Read(JsonSettings settings, JsonElement node, int depth)
    {
        if (depth > Deepest || node.ValueKind != JsonValueKind.Object || !node.TryGetProperty("type", out JsonElement type)
            || !node.TryGetProperty("children", out JsonElement list) || list.ValueKind != JsonValueKind.Array || list.GetArrayLength() == 0)
            throw settings.Wrong("adapter_setup", "nested objects with a type and children");
        string kind = type.ToString();
        JsonElement[] items = [.. list.EnumerateArray()];
        if (kind == "single")
            return items[0].GetString() ?? throw settings.Wrong("adapter_setup", "named adapters");
        Composition[] children = [.. items.Select(item => Read(settings, item, depth + 1))];
        return kind switch
        {
            "Stack" => Composition.Stack(children),
            "Parallel" => Composition.Parallel(children),
            "Fuse" => Composition.Fuse([.. children.SelectMany(child => child.Names)]),
            "Average" => Composition.Average([.. Numbers("weights", 1)], children),
            "Split" => Composition.Split([.. Numbers("splits", null).Select(size => (int)size)], children),
            "BatchSplit" => Composition.BatchSplit([.. Numbers("batch_sizes", null).Select(size => (int)size)], children),
            _ => throw settings.Wrong("adapter_setup", $"made of Stack, Parallel, Fuse, Average, Split and BatchSplit; '{kind}' is not known"),
        };

        IEnumerable<double> Numbers(string key, double? fallback)
        {
            if (!node.TryGetProperty(key, out JsonElement value))
                return fallback is { } same ? children.Select(_ => same) : throw settings.Wrong("adapter_setup", $"a {kind} with {key}");
            return value.ValueKind == JsonValueKind.Array
                ? value.EnumerateArray().Select(item => item.GetDouble())
                : children.Select(_ => value.GetDouble());
        }
    }
}
