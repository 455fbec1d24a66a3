using PeftSharp.Adapters;
using PeftSharp.IO;
using PeftSharp.Methods.AdapterFusion;
using static TorchSharp.torch;

namespace PeftSharp.AdapterFolders;

/// <summary>
/// The adapters that a fusion brings along: from folders that its options name, or from sub-folders of its own, where
/// <see cref="Save"/> puts them. They are frozen, and come without heads: the fusion trains one for all.
/// </summary>
internal static class JoinedAdapters
{
    /// <summary>The options with names for those of their folders that have none: the folder's own, or its run's.</summary>
    public static FusionOptions Named(FusionOptions options) =>
        options.Adapters.Count > 0 ? options : options with { Adapters = [.. options.Folders.Select(NameOf)] };

    /// <summary>Those that options name folders of.</summary>
    /// <exception cref="FileNotFoundException">A folder is none of an adapter.</exception>
    /// <exception cref="PeftException">Names and folders do not go together.</exception>
    public static IEnumerable<(string Name, string Folder)> Of(FusionOptions options)
    {
        if (options.Folders.Count == 0)
            return [];
        if (options.Adapters.Count != options.Folders.Count)
            throw new PeftException($"adapter_folders has {options.Folders.Count} folders and adapter_names {options.Adapters.Count} names; give a name for each, or no names.");
        if (options.Adapters.GroupBy(name => name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1 || !FolderFile.IsPlain(group.Key)) is { } wrong)
            throw new PeftException($"adapter_folders: {wrong.Count()} of the adapters would be called '{wrong.Key}'; give each a name of its own, without separators, in adapter_names.");
        return options.Adapters.Zip(options.Folders.Select(AdapterFolder.Require)).ToArray();
    }

    /// <summary>Those that lie in sub-folders of a fusion's folder.</summary>
    public static IEnumerable<(string Name, string Folder)> In(string folder, FusionOptions options) =>
        options.Adapters
            .Where(FolderFile.IsPlain)
            .Select(name => (name, Path.Combine(folder, name)))
            .Where(part => File.Exists(Path.Combine(part.Item2, AdapterFolder.ConfigName)));

    /// <summary>Loads adapters into a model, all or none; one that it has already is shared.</summary>
    /// <returns>The names of those that it had not.</returns>
    /// <exception cref="PeftException">A folder does not fit the model, or it has another adapter of that name.</exception>
    public static IReadOnlyList<string> Add(PeftModel model, IEnumerable<(string Name, string Folder)> parts)
    {
        List<string> added = [];
        try
        {
            foreach ((string name, string folder) in parts)
            {
                Adapter part = AdapterFolder.Load(model.Base, folder, name, withHead: false);
                part.RequireGradients(false);
                if (!model.Adapters.TryGetValue(name, out Adapter? present))
                {
                    model.Register(part);
                    added.Add(name);
                    continue;
                }
                using (part)
                    if (!Same(part, present))
                        throw new PeftException($"The fusion mixes the adapter '{name}' in {folder}, and the model has another one of that name; remove that one, or load the fusion alone.");
            }
            return added;
        }
        catch
        {
            Remove(model, added);
            throw;
        }
    }

    /// <summary>Takes adapters out again.</summary>
    public static void Remove(PeftModel model, IEnumerable<string> names)
    {
        foreach (string name in names)
            model.RemoveAdapter(name);
    }

    /// <summary>Writes an adapter folder, and in its sub-folders those of the adapters that it joins.</summary>
    /// <exception cref="PeftException">One of them has a name that is no folder's.</exception>
    public static void Save(PeftModel model, Adapter adapter, string folder)
    {
        Adapter[] parts = [.. adapter.Joined.Select(model.Find)];
        foreach (Adapter part in parts)
            if (!FolderFile.IsPlain(part.Name))
                throw new PeftException($"'{part.Name}' is no name for a folder, so the fusion '{adapter.Name}' cannot be saved with it; load it under another name.");
        AdapterFolder.Save(adapter, folder);
        foreach (Adapter part in parts)
            AdapterFolder.Save(part, Path.Combine(folder, part.Name));
    }

    /// <summary>True if an adapter has all tensors of another one, and a head besides at most.</summary>
    private static bool Same(Adapter part, Adapter present)
    {
        using var scope = NewDisposeScope();
        Dictionary<string, Tensor> values = present.Trainable.Concat(present.Frozen).ToDictionary(tensor => tensor.Key, tensor => tensor.Value, StringComparer.Ordinal);
        return part.Options.PeftType == present.Options.PeftType
            && part.Trainable.Concat(part.Frozen).All(tensor =>
                values.TryGetValue(tensor.Key, out Tensor? value) && value.shape.SequenceEqual(tensor.Value.shape) && value.eq(tensor.Value).all().item<bool>());
    }

    private static string NameOf(string folder)
    {
        string path = Path.TrimEndingDirectorySeparator(folder);
        return Path.GetFileName(path) == AdapterFolder.NameInRun && Path.GetFileName(Path.GetDirectoryName(path)) is { Length: > 0 } run
            ? run
            : Path.GetFileName(path);
    }
}
