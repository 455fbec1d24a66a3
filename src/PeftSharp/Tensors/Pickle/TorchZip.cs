namespace PeftSharp.Tensors.Pickle;

/// <summary>
/// The layout that <c>torch.save</c> writes since version 1.6: a zip archive of one folder with <c>data.pkl</c>,
/// <c>byteorder</c> and one <c>data/KEY</c> for each storage.
/// </summary>
internal sealed class TorchZip
{
    private const string PickleName = "/data.pkl";
    private readonly MappedFile _file;
    private readonly ZipDirectory _zip;
    private readonly string _root;
    private readonly Dictionary<string, PickledStorage> _storages = new(StringComparer.Ordinal);

    private TorchZip(MappedFile file)
    {
        _file = file;
        _zip = ZipDirectory.Read(file);
        string[] pickles = [.. _zip.Entries.Keys.Where(name => name.EndsWith(PickleName, StringComparison.Ordinal) && name.IndexOf('/', StringComparison.Ordinal) == name.Length - PickleName.Length)];
        _root = pickles.Length == 1
            ? pickles[0][..^PickleName.Length]
            : throw new InvalidDataException($"{file.Path} is a zip archive that torch.save did not write: it has {pickles.Length} data.pkl in a folder, not one.");
    }

    /// <summary>Reads the object that was saved; its storages know where they lie.</summary>
    public static object? Read(MappedFile file)
    {
        TorchZip archive = new(file);
        archive.CheckKind();
        ZipEntry pickle = archive._zip.Entries[archive._root + PickleName];
        return Unpickler.Read(new PickleSource(file, pickle.Data, pickle.Data + pickle.Length), archive.Storage);
    }

    private void CheckKind()
    {
        if (_zip.Entries.ContainsKey($"{_root}/constants.pkl"))
            throw new InvalidDataException($"{_file.Path} is a TorchScript program, not weights: save the model's state_dict with torch.save, or as safetensors.");
        if (_zip.Entries.TryGetValue($"{_root}/byteorder", out ZipEntry? order))
        {
            Span<byte> text = stackalloc byte[6];
            if (order.Length != 6 || _file.ReadUpTo(text, order.Data) != 6 || !text.SequenceEqual("little"u8))
                throw new InvalidDataException($"{_file.Path}: at byte {order.Data}: its numbers are not little-endian; save it again on an ordinary machine.");
        }
    }

    private PickledStorage Storage(object? id, InvalidDataException bad)
    {
        StorageId named = StorageId.Read(id, bad);
        if (named.Part is not null)
            throw bad;
        if (_storages.TryGetValue(named.Key, out PickledStorage? known))
            return known.DType == named.DType && known.Count == named.Count ? known : throw new InvalidDataException($"{bad.Message} Storage {Shown.Quote(named.Key)} is described in two ways.");
        if (!_zip.Entries.TryGetValue($"{_root}/data/{named.Key}", out ZipEntry? entry))
            throw new InvalidDataException($"{_file.Path}: storage {Shown.Quote(named.Key)} is not in the archive.");
        if (entry.Length != named.ByteLength(bad))
            throw new InvalidDataException($"{_file.Path}: at byte {entry.Data}: storage {Shown.Quote(named.Key)} has {entry.Length} bytes, the pickle says {named.ByteLength(bad)}.");
        PickledStorage storage = new() { DType = named.DType, Count = named.Count, Offset = entry.Data };
        _storages.Add(named.Key, storage);
        return storage;
    }
}
