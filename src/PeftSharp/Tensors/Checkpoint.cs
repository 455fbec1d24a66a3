using PeftSharp.IO;
using PeftSharp.Tensors.Gguf;
using PeftSharp.Tensors.Pickle;

namespace PeftSharp.Tensors;

/// <summary>Opens the weights of a model or adapter, whatever files they lie in.</summary>
public static class Checkpoint
{
    private const string IndexEnding = ".index.json";

    /// <summary>What a folder may hold, the first that is there is taken: Hugging Face's order.</summary>
    private static readonly string[] _names =
    [
        "model.safetensors", "model.safetensors" + IndexEnding, "adapter_model.safetensors",
        "pytorch_model.bin", "pytorch_model.bin" + IndexEnding, "adapter_model.bin",
    ];

    /// <summary>
    /// Opens a safetensors file, a file of <c>torch.save</c> (<c>.bin</c>, <c>.pt</c>, <c>.pth</c>), a GGUF file, an <c>.index.json</c> with its
    /// shards, or a folder that holds <c>model.safetensors</c>, <c>adapter_model.safetensors</c>, <c>pytorch_model.bin</c>,
    /// <c>adapter_model.bin</c> or the index of the first or third, or else a single <c>.gguf</c> file. What a file is, its first bytes say, not its name.
    /// </summary>
    /// <exception cref="FileNotFoundException">Nothing of the kind is there; the message says what was looked for.</exception>
    /// <exception cref="InvalidDataException">A file breaks a rule of its format, or a pickle asks for anything but tensors.</exception>
    public static ICheckpoint Open(string fileOrFolder)
    {
        ArgumentException.ThrowIfNullOrEmpty(fileOrFolder);
        if (!Directory.Exists(fileOrFolder))
            return OpenFile(fileOrFolder, mayBeIndex: true);
        return TryOpenFolder(fileOrFolder) ?? throw new FileNotFoundException(
            $"The folder {fileOrFolder} has none of {string.Join(", ", _names)}.{Others(fileOrFolder)}", Path.Combine(fileOrFolder, _names[0]));
    }

    /// <summary>Opens the weights of a folder; null where it has none.</summary>
    internal static ICheckpoint? TryOpenFolder(string folder) =>
        OpenIn(folder, _names) ?? (GgufIn(folder) is { } gguf ? OpenFile(gguf, mayBeIndex: false) : null);

    /// <summary>True for a name that ends in <c>.gguf</c>.</summary>
    public static bool IsGguf(string path) => path.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase);

    /// <summary>The one GGUF file of a folder that has no other weights, or null.</summary>
    /// <exception cref="InvalidDataException">There are several, or the file is a link that leads nowhere.</exception>
    internal static string? GgufIn(string folder)
    {
        if (!Directory.Exists(folder) || _names.Any(name => File.Exists(Path.Combine(folder, name))))
            return null;
        string[] names = [.. Directory.EnumerateFiles(folder, "*.gguf").Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal).Take(3)];
        return names switch
        {
            [] => null,
            [string only] => FolderFile.Resolve(folder, only, folder),
            _ => throw new InvalidDataException($"{folder} has several GGUF files ({string.Join(", ", names)}{(names.Length > 2 ? ", …" : "")}); give one of them by its own path."),
        };
    }

    /// <summary>The name of the format of an open checkpoint.</summary>
    internal static string FormatOf(ICheckpoint checkpoint) => checkpoint switch
    {
        SafetensorsFile => "safetensors",
        PickleCheckpoint => "pickle",
        GgufFile => "gguf",
        ShardedCheckpoint { Shards: [{ } first, ..] } => FormatOf(first),
        _ => Path.GetExtension(checkpoint.Path).TrimStart('.').ToLowerInvariant(),
    };

    /// <summary>The names of the files that an open checkpoint reads.</summary>
    internal static IReadOnlyList<string> FilesOf(ICheckpoint checkpoint) => checkpoint is ShardedCheckpoint sharded
        ? [.. sharded.Shards.Select(shard => Path.GetFileName(shard.Path))]
        : [Path.GetFileName(checkpoint.Path)];

    /// <summary>Opens the first of these files that a folder has; null where it has none.</summary>
    internal static ICheckpoint? OpenIn(string folder, params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
            if (File.Exists(Path.Combine(folder, name)))
                return OpenFile(FolderFile.Resolve(folder, name, folder), mayBeIndex: true);
        return null;
    }

    /// <summary>Opens one file by what it is.</summary>
    /// <param name="path">The file.</param>
    /// <param name="mayBeIndex">False for a shard: an index that names another index could go on for ever.</param>
    internal static ICheckpoint OpenFile(string path, bool mayBeIndex)
    {
        if (!File.Exists(path))
            throw new FileNotFoundException($"There is no checkpoint at {path}.", path);
        SmallFile.Require(path);
        if (mayBeIndex && path.EndsWith(IndexEnding, StringComparison.Ordinal))
            return ShardedCheckpoint.Open(path);
        Span<byte> start = stackalloc byte[9];
        using (FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0))
            start = start[..file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
        if (GgufFile.Looks(start) || IsGguf(path))
            return GgufFile.Open(path);
        return PickleCheckpoint.Looks(start) ? PickleCheckpoint.Open(path) : SafetensorsFile.Open(path);
    }

    private static string Others(string folder)
    {
        string[] others = [.. Directory.EnumerateFiles(folder)
            .Select(f => Path.GetFileName(f))
            .Where(f => Path.GetExtension(f) is ".bin" or ".pt" or ".pth" or ".gguf" or ".safetensors")
            .Order(StringComparer.Ordinal)
            .Take(4)];
        return others.Length > 0 ? $" It has {string.Join(", ", others)}: give the file by its own path." : "";
    }
}
