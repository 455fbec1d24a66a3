using PeftSharp.IO;
using TorchSharp;

namespace PeftSharp.Tensors;

/// <summary>A checkpoint split over several files (safetensors or pickle), seen as one.</summary>
internal sealed class ShardedCheckpoint : ICheckpoint
{
    private readonly List<ICheckpoint> _shards = [];
    private readonly OrderedDictionary<string, ICheckpoint> _owner = new(StringComparer.Ordinal);

    private ShardedCheckpoint(string path) => Path = path;

    public string Path { get; }

    /// <summary>Each file, opened.</summary>
    public IReadOnlyList<ICheckpoint> Shards => _shards;

    public IReadOnlyList<string> Names { get; private set; } = [];

    /// <summary>The first shard's: they are all written alike.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; private set; } = new Dictionary<string, string>();

    /// <summary>Opens an index and all the shards it names.</summary>
    /// <exception cref="FileNotFoundException">A shard is missing.</exception>
    /// <exception cref="InvalidDataException">The index or a shard is malformed, or they disagree.</exception>
    public static ShardedCheckpoint Open(string indexPath)
    {
        string full = System.IO.Path.GetFullPath(indexPath), folder = System.IO.Path.GetDirectoryName(full)!;
        OrderedDictionary<string, string> map = ShardIndex.Read(indexPath);
        ShardedCheckpoint all = new(full);
        try
        {
            Dictionary<string, ICheckpoint> byFile = new(StringComparer.Ordinal);
            foreach (string file in map.Values.Distinct(StringComparer.Ordinal))
            {
                ICheckpoint shard = Checkpoint.OpenFile(FolderFile.Resolve(folder, file, indexPath), mayBeIndex: false);
                all._shards.Add(shard);
                byFile.Add(file, shard);
                all.Claim(shard, file);
            }
            foreach ((string name, string file) in map)
                if (!byFile[file].Contains(name))
                    throw new InvalidDataException($"{indexPath} says that tensor {Shown.Quote(name)} is in {file}, which does not have it.");
            all.Names = [.. all._owner.Keys];
            if (all._shards is [{ } first, ..])
                all.Metadata = first.Metadata;
            return all;
        }
        catch
        {
            all.Dispose();
            throw;
        }
    }

    public bool Contains(string name) => _owner.ContainsKey(name);

    public TensorInfo Info(string name) => Owner(name).Info(name);

    public torch.Tensor Load(string name) => Owner(name).Load(name);

    public void Dispose() => _shards.ForEach(s => s.Dispose());

    /// <summary>Takes up the tensors of a shard, those that the index does not mention included, as other readers do.</summary>
    private void Claim(ICheckpoint shard, string file)
    {
        foreach (string name in shard.Names)
            if (!_owner.TryAdd(name, shard))
                throw new InvalidDataException($"{Path}: tensor {Shown.Quote(name)} is in {System.IO.Path.GetFileName(_owner[name].Path)} and again in {file}.");
    }

    private ICheckpoint Owner(string name) => _owner.TryGetValue(name, out ICheckpoint? shard)
        ? shard
        : throw new InvalidDataException($"{Path} has no tensor {Shown.Quote(name)}; its {_shards.Count} files have {_owner.Count}.");
}
