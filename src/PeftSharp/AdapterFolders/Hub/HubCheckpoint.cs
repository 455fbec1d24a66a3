using PeftSharp.Tensors;
using static TorchSharp.torch;

namespace PeftSharp.AdapterFolders.Hub;

/// <summary>Files of AdapterHub under our keys: the adapter's tensors and those of a head that was saved with it.</summary>
internal sealed class HubCheckpoint : ICheckpoint
{
    private readonly ICheckpoint[] _files;
    private readonly Dictionary<string, (ICheckpoint File, string Name)> _byKey = new(StringComparer.Ordinal);

    /// <param name="adapter">The adapter's file; owned from here on.</param>
    /// <param name="toOurs">Our key of a name.</param>
    public HubCheckpoint(ICheckpoint adapter, Func<string, string> toOurs)
    {
        _files = [adapter];
        foreach (string name in adapter.Names)
            if (!HubKeys.IsAlias(name))
                _byKey[toOurs(name)] = (adapter, name);
    }

    public string Path => _files[0].Path;

    public IReadOnlyList<string> Names => [.. _byKey.Keys];

    public IReadOnlyDictionary<string, string> Metadata => _files[0].Metadata;

    /// <summary>Adds a tensor of another file, which stays its owner's.</summary>
    public void Add(string key, ICheckpoint file, string name) => _byKey[key] = (file, name);

    public bool Contains(string name) => _byKey.ContainsKey(name);

    public TensorInfo Info(string name) => Find(name).File.Info(Find(name).Name);

    public Tensor Load(string name) => Find(name).File.Load(Find(name).Name);

    public void Dispose()
    {
        foreach (ICheckpoint file in _files)
            file.Dispose();
    }

    private (ICheckpoint File, string Name) Find(string key) =>
        _byKey.TryGetValue(key, out var found) ? found : throw new InvalidDataException($"{Path} has no tensor '{key}'.");
}
