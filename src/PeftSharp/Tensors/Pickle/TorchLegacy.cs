using System.Buffers.Binary;
using System.Numerics;

namespace PeftSharp.Tensors.Pickle;

/// <summary>
/// The layout that <c>torch.save</c> wrote before version 1.6: pickles of a magic number, a protocol version, the machine, the
/// object and the list of the storages' keys; then for each key a count of 8 bytes and the numbers.
/// </summary>
internal sealed class TorchLegacy
{
    private const long ProtocolVersion = 1001;
    private static readonly BigInteger _magic = BigInteger.Parse("119547037146038801333356", System.Globalization.CultureInfo.InvariantCulture);
    private readonly MappedFile _file;
    private readonly PickleSource _source;
    private readonly Dictionary<string, PickledStorage> _roots = new(StringComparer.Ordinal), _parts = new(StringComparer.Ordinal);

    private TorchLegacy(MappedFile file) => (_file, _source) = (file, new PickleSource(file, 0, file.Length));

    /// <summary>Reads the object that was saved; its storages know where they lie.</summary>
    public static object? Read(MappedFile file)
    {
        TorchLegacy layout = new(file);
        layout.CheckHead();
        object? saved = Unpickler.Read(layout._source, layout.Storage);
        layout.PlaceStorages();
        return saved;
    }

    private void CheckHead()
    {
        if (Unpickler.Read(_source, null) is not BigInteger magic || magic != _magic)
            throw new InvalidDataException($"{_file.Path} is a pickle, but not one that torch.save wrote: it does not begin with torch's magic number.");
        if (Unpickler.Read(_source, null) is not ProtocolVersion)
            throw _source.Bad($"torch's protocol version is not {ProtocolVersion}");
        if (Unpickler.Read(_source, null) is not PickleDict system)
            throw _source.Bad("the description of the machine is not a dictionary");
        if (system.Find("little_endian") is false)
            throw _source.Bad("its numbers are not little-endian; save it again on an ordinary machine");
    }

    private PickledStorage Storage(object? id, InvalidDataException bad)
    {
        StorageId named = StorageId.Read(id, bad);
        if (!_roots.TryGetValue(named.Key, out PickledStorage? root))
            _roots.Add(named.Key, root = new() { DType = named.DType, Count = named.Count });
        else if (root.DType != named.DType || root.Count != named.Count)
            throw new InvalidDataException($"{bad.Message} Storage {Shown.Quote(named.Key)} is described in two ways.");
        named.ByteLength(bad);
        if (named.Part is not { } part)
            return root;
        if (!_parts.TryGetValue(part.Key, out PickledStorage? view))
            _parts.Add(part.Key, view = new() { DType = named.DType, Count = part.Count, PartOf = (root, part.From) });
        else if (view.PartOf != (root, part.From) || view.Count != part.Count)
            throw new InvalidDataException($"{bad.Message} Storage {Shown.Quote(part.Key)} is described in two ways.");
        return view;
    }

    /// <summary>The keys say in which order the storages follow.</summary>
    private void PlaceStorages()
    {
        if (Unpickler.Read(_source, null) is not PickleList keys)
            throw _source.Bad("the keys of the storages are not a list");
        long at = _source.Position;
        Span<byte> count = stackalloc byte[8];
        foreach (object? item in keys.Items)
        {
            if (item is not string key || !_roots.TryGetValue(key, out PickledStorage? storage) || storage.Offset >= 0)
                throw _source.Bad($"the key {Shown.Quote(item as string ?? "?")} of a storage is unknown or comes twice");
            if (_file.ReadUpTo(count, at) != 8)
                throw Short(key, at);
            long stored = BinaryPrimitives.ReadInt64LittleEndian(count);
            if (stored != storage.Count)
                throw new InvalidDataException($"{_file.Path}: at byte {at}: storage {Shown.Quote(key)} has {stored} elements, the pickle says {storage.Count}.");
            long length = storage.Count * (storage.DType?.ByteSize() ?? 1);
            at += 8;
            if (length > _file.Length - at)
                throw Short(key, at);
            storage.Offset = at;
            at += length;
        }
        if (_roots.FirstOrDefault(root => root.Value.Offset < 0).Key is { } missing)
            throw _source.Bad($"storage {Shown.Quote(missing)} has no numbers in the file");
        if (at != _file.Length)
            throw new InvalidDataException($"{_file.Path}: at byte {at}: {_file.Length - at} bytes after the last storage belong to none.");
    }

    private InvalidDataException Short(string key, long at) => new($"{_file.Path}: at byte {at}: the file is cut short in storage {Shown.Quote(key)}.");
}
