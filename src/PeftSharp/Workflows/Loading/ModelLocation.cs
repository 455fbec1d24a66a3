using PeftSharp.AdapterFolders;
using PeftSharp.IO;
using PeftSharp.Models;
using PeftSharp.Workflows.Configuration;

namespace PeftSharp.Workflows.Loading;

/// <summary>The folders behind what a user calls a model: a base, an adapter on a base, or a run that has trained one.</summary>
/// <param name="Model">The folder of the base model, or its GGUF file.</param>
/// <param name="Adapter">The folder of the adapter, or null.</param>
/// <param name="Config">The run's <c>config.yaml</c>, or null.</param>
public sealed record ModelLocation(string Model, string? Adapter, string? Config)
{
    /// <summary>The folder of the adapter in a run.</summary>
    public const string AdapterFolderName = AdapterFolder.NameInRun;

    /// <summary>The file of the configuration in a run.</summary>
    public const string ConfigFileName = "config.yaml";

    /// <summary>Finds the folders.</summary>
    /// <param name="path">A model folder, a <c>.gguf</c> file, an adapter folder, or the folder of a run.</param>
    /// <param name="adapter">An adapter folder (or that of a run) to use on the model at <paramref name="path"/>.</param>
    /// <param name="baseModel">The base model, where the adapter's own note of it is out of date.</param>
    /// <exception cref="FileNotFoundException">A folder is missing or holds none of these.</exception>
    /// <exception cref="ConfigException">The folders contradict each other.</exception>
    public static ModelLocation Resolve(string path, string? adapter = null, string? baseModel = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        path = ModelFiles.Locate(path);
        if (adapter is not null)
        {
            if (AdapterFolder.In(path) is not null)
                throw new ConfigException($"{path} has an adapter of its own; give the model's folder with --adapter.");
            return new(path, AdapterFolder.Require(adapter), ConfigOf(adapter));
        }
        if (AdapterFolder.In(path) is { } own)
            return new(baseModel ?? BaseOf(own), own, ConfigOf(path));
        if (baseModel is not null)
            throw new ConfigException($"{path} has no {AdapterFolder.ConfigName}, so a base model beside it says nothing; give the adapter's folder.");
        return ModelFiles.IsModel(path) ? new(path, null, null) : throw NothingAt(path);
    }

    /// <summary>The folder of the adapter, for what has nothing to do without one.</summary>
    /// <exception cref="ConfigException">There is no adapter.</exception>
    internal string RequireAdapter() => Adapter ?? throw new ConfigException($"{Model} is a model without an adapter; give the adapter's folder.");

    /// <summary>The configuration of the run: beside the adapter folder or in the folder itself.</summary>
    private static string? ConfigOf(string path) =>
        new[] { Path.Combine(path, ConfigFileName), Path.Combine(path, "..", ConfigFileName) }.FirstOrDefault(File.Exists);

    /// <summary>
    /// The base that an adapter names. The name is the path that was used in training; relative to the current folder or
    /// to a folder above the adapter, wherever it is found first.
    /// </summary>
    private static string BaseOf(string adapter)
    {
        string? name = AdapterFolder.LoadOptions(adapter).BaseModelNameOrPath;
        if (string.IsNullOrWhiteSpace(name))
            throw new ConfigException($"{adapter}: its {AdapterFolder.ConfigName} names no base model; give it with --base_model FOLDER.");
        List<string> candidates = [name];
        for (DirectoryInfo? above = new(Path.GetFullPath(adapter)); above is not null && !Path.IsPathRooted(name); above = above.Parent)
            candidates.Add(Path.Combine(above.FullName, name));
        return candidates.FirstOrDefault(ModelFiles.IsModel)
            ?? throw new FileNotFoundException(
                $"{adapter} is an adapter of \"{name}\", which is no model folder here or above the adapter and not in the cache {HubCache.Folder}; give the base with --base_model FOLDER.", name);
    }

    private static FileNotFoundException NothingAt(string path) => new(
        !Directory.Exists(path)
            ? $"There is no folder {path}.{HubCache.Advice(path)}"
            : $"{path} is neither a model (config.json or a .gguf file) nor an adapter ({AdapterFolder.ConfigName}) nor a run ({AdapterFolderName}/{AdapterFolder.ConfigName}).",
        path);
}
