using System.Text.Json;
using PeftSharp.IO;

namespace PeftSharp.Inference.Embedding;

/// <summary>A line of <c>modules.json</c>.</summary>
/// <param name="Type">The Python class.</param>
/// <param name="Path">Its folder inside the model's; empty for the model's own.</param>
internal sealed record SentenceModule(string Type, string Path)
{
    /// <summary>The file that lists them.</summary>
    public const string FileName = "modules.json";

    private const string Package = "sentence_transformers.";

    /// <summary>The class without its package; null for one that is not of sentence-transformers, whatever its name.</summary>
    public string? Kind => Type.StartsWith(Package, StringComparison.Ordinal) ? Type[(Type.LastIndexOf('.') + 1)..] : null;

    /// <summary>The modules of a folder in their order; empty where it has none.</summary>
    /// <exception cref="PeftException">The file is not sound, or a path leads out of the folder.</exception>
    public static IReadOnlyList<SentenceModule> Of(string folder)
    {
        string file = System.IO.Path.Combine(folder, FileName);
        if (!File.Exists(file))
            return [];
        // The file is an array; as the value of a key it is read like any other setting.
        JsonSettings settings = JsonSettings.Parse($"{{\"modules\":{SmallFile.ReadText(file)}}}", file);
        if (settings.Raw("modules") is not { ValueKind: JsonValueKind.Array } array)
            throw new PeftException($"{file}: expected a JSON array of modules.");
        List<SentenceModule> modules = [];
        foreach (JsonElement element in array.EnumerateArray())
        {
            JsonSettings module = JsonSettings.Parse(element.GetRawText(), file);
            modules.Add(new(module.Text("type"), module.Text("path", "")));
            modules[^1].FolderIn(folder);
        }
        return modules;
    }

    /// <summary>The module's folder.</summary>
    /// <exception cref="PeftException">It is not inside the model's.</exception>
    public string FolderIn(string folder)
    {
        string root = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(folder));
        string full = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(System.IO.Path.Combine(root, Path)));
        return full == root || full.StartsWith(root + System.IO.Path.DirectorySeparatorChar, StringComparison.Ordinal)
            ? full
            : throw new PeftException($"{System.IO.Path.Combine(folder, FileName)}: the path '{Path}' leads out of the model's folder.");
    }
}
