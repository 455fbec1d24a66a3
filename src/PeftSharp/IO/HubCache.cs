using System.Text.RegularExpressions;

namespace PeftSharp.IO;

/// <summary>
/// The cache of Hugging Face's tools on this machine: where a model that was downloaded by its id lies. Nothing is ever
/// downloaded from here.
/// </summary>
public static partial class HubCache
{
    private const string Prefix = "models--";
    private const string Snapshots = "snapshots";

    /// <summary>The folder: <c>HF_HUB_CACHE</c>, else <c>HF_HOME/hub</c>, else <c>~/.cache/huggingface/hub</c>.</summary>
    public static string Folder
    {
        get
        {
            string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
            if ((Variable("HF_HUB_CACHE") ?? Variable("HUGGINGFACE_HUB_CACHE")) is { } cache)
                return cache;
            return Path.Combine(Variable("HF_HOME") ?? Path.Combine(Variable("XDG_CACHE_HOME") ?? Path.Combine(home, ".cache"), "huggingface"), "hub");

            string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value
                ? value.StartsWith("~/", StringComparison.Ordinal) ? Path.Combine(home, value[2..]) : value
                : null;
        }
    }

    /// <summary>True for what may be the id of a model: <c>name</c> or <c>owner/name</c>.</summary>
    public static bool IsId(string text) => Id().IsMatch(text) && !text.Contains("..", StringComparison.Ordinal) && !text.Contains("--", StringComparison.Ordinal);

    /// <summary>The folder of a model's snapshot that <c>refs/main</c> names; null where the cache has none.</summary>
    public static string? Find(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        if (!IsId(id))
            return null;
        string model = ModelFolder(id);
        string reference = Path.Combine(model, "refs", "main");
        if (!File.Exists(reference))
            return null;
        string revision = File.ReadLines(reference).FirstOrDefault("").Trim();
        string snapshot = Path.Combine(model, Snapshots, revision);
        return FolderFile.IsPlain(revision) && Directory.Exists(snapshot) ? snapshot : null;
    }

    /// <summary>The id of the model whose snapshot a folder of the cache is; null for any other folder.</summary>
    public static string? IdOf(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        DirectoryInfo snapshot = new(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
        if (snapshot.Parent is not { Name: Snapshots, Parent: { } model } || !model.Name.StartsWith(Prefix, StringComparison.Ordinal))
            return null;
        string id = model.Name[Prefix.Length..].Replace("--", "/", StringComparison.Ordinal);
        return Find(id) is { } found && Path.GetFullPath(found) == snapshot.FullName ? id : null;
    }

    /// <summary>What to do where a path that is not there may be the id of a model, as a sentence with a space before it; else empty.</summary>
    public static string Advice(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        // A folder that is there makes a path of it.
        if (!IsId(path) || (path.IndexOf('/') is > 0 and int slash && Directory.Exists(path[..slash])))
            return "";
        string model = ModelFolder(path);
        if (Directory.Exists(Path.Combine(model, Snapshots)))
            return $" If it is the model of that name on the hub: {model} has snapshots of it but no refs/main that names one; give the folder of one.";
        string name = path[(path.LastIndexOf('/') + 1)..];
        return $" If it is a model of the hub: it is not in the cache {Folder}; \"hf download {path} --local-dir models/{name}\" gets it, then give models/{name}.";
    }

    private static string ModelFolder(string id) => Path.Combine(Folder, Prefix + id.Replace("/", "--", StringComparison.Ordinal));

    [GeneratedRegex(@"^[A-Za-z0-9_][\w.-]{0,95}(/[A-Za-z0-9_][\w.-]{0,95})?\z", RegexOptions.CultureInvariant | RegexOptions.ECMAScript)]
    private static partial Regex Id();
}
