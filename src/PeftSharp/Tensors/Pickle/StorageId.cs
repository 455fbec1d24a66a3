namespace PeftSharp.Tensors.Pickle;

/// <summary>
/// How a pickle of torch refers to a storage: <c>("storage", type, key, device, count)</c>, in the old layout with a sixth
/// value, null or <c>(key, from, count)</c> where the storage is a part of another.
/// </summary>
internal sealed record StorageId(StoredDType? DType, string Key, long Count, StoragePart? Part)
{
    public static StorageId Read(object? id, InvalidDataException bad)
    {
        if (id is not object?[] parts || parts.Length > 6)
            throw bad;
        if (parts is not ["storage", PickleGlobal { Kind: GlobalKind.Storage } type, string key, string, long count, ..] || count < 0)
            throw bad;
        StoragePart? part = parts.Length == 6 && parts[5] is not null ? PartOf(parts[5] as object?[], count) ?? throw bad : null;
        return new(type.DType, key, count, part);
    }

    private static StoragePart? PartOf(object?[]? view, long count) =>
        view is [string key, long from, long length] && from >= 0 && length >= 0 && length <= count && from <= count - length ? new(key, from, length) : null;

    /// <summary>Its bytes; never so many that a file could not have them.</summary>
    public long ByteLength(InvalidDataException bad) => Count <= long.MaxValue / 8 ? Count * (DType?.ByteSize() ?? 1) : throw bad;
}

/// <summary>A part of a storage that has a key of its own.</summary>
internal sealed record StoragePart(string Key, long From, long Count);
