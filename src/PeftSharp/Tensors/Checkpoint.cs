using PeftSharp.IO;

namespace PeftSharp.Tensors;

/// <summary>Opens the weights of a model or adapter, whatever files they lie in.</summary>
public static class Checkpoint
{
    private const string Single = "model.safetensors", Index = "model.safetensors.index.json", Adapter = "adapter_model.safetensors";

    /// <summary>
    /// Opens a <c>.safetensors</c> file, a <c>.safetensors.index.json</c> with its shards, or a folder that holds
    /// <c>model.safetensors</c>, <c>model.safetensors.index.json</c> or <c>adapter_model.safetensors</c> (in this order).
    /// </summary>
    /// <exception cref="FileNotFoundException">Nothing of the kind is there; the message says what was looked for.</exception>
    /// <exception cref="InvalidDataException">A file breaks a rule of its format.</exception>
    public static ICheckpoint Open(string fileOrFolder)
    {
        ArgumentException.ThrowIfNullOrEmpty(fileOrFolder);
        if (!Directory.Exists(fileOrFolder))
            return OpenFile(fileOrFolder);
        foreach (string name in (ReadOnlySpan<string>)[Single, Index, Adapter])
            if (File.Exists(Path.Combine(fileOrFolder, name)))
                return OpenFile(FolderFile.Resolve(fileOrFolder, name, fileOrFolder));

        string[] others = [.. Directory.EnumerateFiles(fileOrFolder)
            .Select(f => Path.GetFileName(f))
            .Where(f => Path.GetExtension(f) is ".bin" or ".pt" or ".pth" or ".gguf" or ".safetensors")
            .Order(StringComparer.Ordinal)
            .Take(4)];
        string seen = others.Length > 0 ? $" It has {string.Join(", ", others)}: give a .safetensors file by its own path; other formats must be converted to safetensors first." : "";
        throw new FileNotFoundException($"The folder {fileOrFolder} has none of {Single}, {Index}, {Adapter}.{seen}", Path.Combine(fileOrFolder, Single));
    }

    private static ICheckpoint OpenFile(string path)
    {
        if (!File.Exists(path))
            throw new FileNotFoundException($"There is no checkpoint at {path}.", path);
        return path.EndsWith(".index.json", StringComparison.Ordinal) ? ShardedSafetensors.Open(path) : SafetensorsFile.Open(path);
    }
}
