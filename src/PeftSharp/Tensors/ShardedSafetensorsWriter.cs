using System.Globalization;
using System.Text.Json.Nodes;
using PeftSharp.IO;
using TorchSharp;

namespace PeftSharp.Tensors;

/// <summary>
/// Writes a model's weights as Hugging Face does: one <c>model.safetensors</c>, or, where that would be larger than a limit,
/// <c>model-00001-of-00003.safetensors</c> … and <c>model.safetensors.index.json</c>.
/// </summary>
public static class ShardedSafetensorsWriter
{
    /// <summary>Writes all files; the index last, so that a reader never finds one whose files are missing.</summary>
    /// <param name="folder">An existing folder.</param>
    /// <param name="tensors">The tensors; they fill the files in this order. They stay the caller's.</param>
    /// <param name="maxShardBytes">The most bytes of values in a file; a larger tensor gets a file of its own.</param>
    /// <returns>The names of the weight files.</returns>
    /// <exception cref="ArgumentException">A name is used twice or is reserved, or the format has no such dtype.</exception>
    /// <exception cref="IOException">The disk is full or a file cannot be written.</exception>
    public static IReadOnlyList<string> Write(string folder, IEnumerable<(string Name, torch.Tensor Tensor)> tensors, long maxShardBytes)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxShardBytes);
        List<(string Name, torch.Tensor Tensor)> all = [.. tensors];
        if (all.GroupBy(t => t.Name, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new ArgumentException($"Two tensors are named {Shown.Quote(twice.Key)}.", nameof(tensors));
        List<List<(string Name, torch.Tensor Tensor)>> shards = Split(all, maxShardBytes);
        Dictionary<string, string> metadata = new() { ["format"] = "pt" };
        if (shards.Count == 1)
        {
            SafetensorsWriter.Write(Path.Combine(folder, "model.safetensors"), shards[0], metadata);
            return ["model.safetensors"];
        }
        List<string> files = [];
        JsonObject map = [];
        foreach (List<(string Name, torch.Tensor Tensor)> shard in shards)
        {
            string file = string.Create(CultureInfo.InvariantCulture, $"model-{files.Count + 1:00000}-of-{shards.Count:00000}.safetensors");
            SafetensorsWriter.Write(Path.Combine(folder, file), shard, metadata);
            files.Add(file);
            foreach ((string name, _) in shard)
                map[name] = file;
        }
        JsonObject index = new() { ["metadata"] = new JsonObject { ["total_size"] = all.Sum(t => Bytes(t.Tensor)) }, ["weight_map"] = map };
        AtomicFile.WriteText(Path.Combine(folder, "model.safetensors.index.json"), PythonJson.Write(index) + "\n");
        return files;
    }

    /// <summary>
    /// Fills a shard until the next tensor would make it too large. A tensor that is too large itself goes into a shard of
    /// its own, and the one being filled goes on after it; an order that Hugging Face's files show.
    /// </summary>
    private static List<List<(string Name, torch.Tensor Tensor)>> Split(List<(string Name, torch.Tensor Tensor)> tensors, long most)
    {
        List<List<(string Name, torch.Tensor Tensor)>> shards = [];
        List<(string Name, torch.Tensor Tensor)> current = [];
        long size = 0;
        foreach ((string name, torch.Tensor tensor) in tensors)
        {
            long bytes = Bytes(tensor);
            if (bytes > most)
            {
                shards.Add([(name, tensor)]);
                continue;
            }
            if (size + bytes > most)
            {
                shards.Add(current);
                (current, size) = ([], 0);
            }
            current.Add((name, tensor));
            size += bytes;
        }
        if (current.Count > 0 || shards.Count == 0)
            shards.Add(current);
        return shards;
    }

    private static long Bytes(torch.Tensor tensor) => tensor.NumberOfElements * tensor.ElementSize;
}
