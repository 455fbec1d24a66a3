using System.Buffers.Binary;
using System.Text;

namespace PeftSharp.Tensors.Pickle;

/// <summary>
/// The table of contents of a zip file whose entries are stored as they are, so that they can be mapped. Everything is
/// checked: entries neither overlap nor reach out of the file, and the two descriptions of each agree.
/// </summary>
/// <remarks>
/// Compressed entries are refused: <c>torch.save</c> never compresses, and what is never unpacked cannot be a bomb. Names are
/// only compared, never used as paths. Format: PKWARE's APPNOTE.TXT, 4.3.
/// </remarks>
internal sealed class ZipDirectory
{
    private const uint EndMark = 0x06054B50, End64Mark = 0x06064B50, Locator64Mark = 0x07064B50, EntryMark = 0x02014B50, LocalMark = 0x04034B50;
    private const int EndLength = 22, Locator64Length = 20, End64Length = 56, EntryLength = 46, LocalLength = 30;
    private const long MaximumLength = 128 << 20;
    private static readonly UTF8Encoding _utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private readonly MappedFile _file;
    private readonly Dictionary<string, ZipEntry> _entries = new(StringComparer.Ordinal);
    private long _start, _length, _count;

    private ZipDirectory(MappedFile file) => _file = file;

    /// <summary>The entries by name.</summary>
    public IReadOnlyDictionary<string, ZipEntry> Entries => _entries;

    /// <summary>Reads the table of contents.</summary>
    /// <exception cref="InvalidDataException">It is damaged, or an entry is compressed, encrypted, doubled or out of bounds.</exception>
    public static ZipDirectory Read(MappedFile file)
    {
        ZipDirectory directory = new(file);
        directory.FindStart();
        directory.ReadEntries();
        directory.CheckPlaces();
        return directory;
    }

    /// <summary>The record at the end says where the table is.</summary>
    private void FindStart()
    {
        long tailStart = Math.Max(0, _file.Length - EndLength - ushort.MaxValue);
        byte[] tail = Bytes(tailStart, (int)(_file.Length - tailStart));
        int at = tail.Length - EndLength;
        // The comment after the record has to end where the file ends.
        while (at >= 0 && (U32(tail, at) != EndMark || U16(tail, at + 20) != tail.Length - at - EndLength))
            at--;
        if (at < 0)
            throw Bad("the end of the zip archive is not there: the file is cut short", _file.Length);
        ReadOnlySpan<byte> end = tail.AsSpan(at);
        long endStart = tailStart + at;
        (_count, _length, _start) = (U16(end, 10), U32(end, 12), U32(end, 16));
        bool oneDisk = U16(end, 4) is 0 or ushort.MaxValue && U16(end, 6) is 0 or ushort.MaxValue;
        if (at >= Locator64Length && U32(tail, at - Locator64Length) == Locator64Mark)
        {
            ulong place = U64(tail, at - Locator64Length + 8);
            if (place > (ulong)(endStart - Locator64Length - End64Length) || endStart < Locator64Length + End64Length)
                throw Bad("the zip archive's 64-bit end lies outside of it", endStart);
            byte[] end64 = Bytes((long)place, End64Length);
            if (U32(end64, 0) != End64Mark)
                throw Bad("the zip archive's 64-bit end is not there", (long)place);
            oneDisk = U32(end64, 16) == 0 && U32(end64, 20) == 0;
            (_count, _length, _start) = ((long)U64(end64, 32), (long)U64(end64, 40), (long)U64(end64, 48));
            endStart = (long)place;
        }
        if (!oneDisk)
            throw Bad("the zip archive is one of several parts", endStart);
        if (_start < 0 || _length < 0 || _start > endStart || _length != endStart - _start)
            throw Bad($"the zip archive's table of contents, {_length} bytes at {_start}, does not end at the record after it", endStart);
        if (_length > MaximumLength || _count < 0 || _count > _length / EntryLength)
            throw Bad($"the zip archive's table of contents claims {_count} entries in {_length} bytes", _start);
    }

    private void ReadEntries()
    {
        byte[] table = Bytes(_start, (int)_length);
        int at = 0;
        for (long i = 0; i < _count; i++)
        {
            if (table.Length - at < EntryLength || U32(table, at) != EntryMark)
                throw Bad($"entry {i} of the zip archive is not there", _start + at);
            ReadOnlySpan<byte> head = table.AsSpan(at, EntryLength);
            int nameLength = U16(head, 28), extraLength = U16(head, 30), next = at + EntryLength + nameLength + extraLength + U16(head, 32);
            if (next > table.Length)
                throw Bad($"entry {i} of the zip archive reaches out of its table", _start + at);
            string name = Name(table.AsSpan(at + EntryLength, nameLength), _start + at);
            (long size, long packed, long local) = Sizes(head, table.AsSpan(at + EntryLength + nameLength, extraLength), name, _start + at);
            int flags = U16(head, 8), method = U16(head, 10);
            if ((flags & 1) != 0)
                throw Bad($"entry {Shown.Quote(name)} of the zip archive is encrypted", _start + at);
            if (method != 0 || packed != size)
                throw Bad($"entry {Shown.Quote(name)} of the zip archive is compressed, which torch.save never does: save the file again with torch.save, or as safetensors", _start + at);
            if (!_entries.TryAdd(name, new ZipEntry(name, local, -1, size)))
                throw Bad($"the zip archive has {Shown.Quote(name)} twice", _start + at);
            at = next;
        }
        if (at != table.Length)
            throw Bad($"{table.Length - at} bytes of the zip archive's table of contents belong to no entry", _start + at);
    }

    /// <summary>Sizes and place, which the extra field with number 1 holds where 32 bits are not enough.</summary>
    private (long Size, long Packed, long Local) Sizes(ReadOnlySpan<byte> head, ReadOnlySpan<byte> extra, string name, long at)
    {
        Span<ulong> values = [U32(head, 24), U32(head, 20), U32(head, 42)];
        ReadOnlySpan<byte> large = default;
        while (extra.Length >= 4 && U16(extra, 2) is var length && length <= extra.Length - 4)
        {
            if (U16(extra, 0) == 1)
                large = extra.Slice(4, length);
            extra = extra[(4 + length)..];
        }
        foreach (ref ulong value in values)
        {
            if (value != uint.MaxValue)
                continue;
            if (large.Length < 8)
                throw Bad($"entry {Shown.Quote(name)} of the zip archive lacks its 64-bit sizes", at);
            value = U64(large, 0);
            large = large[8..];
        }
        foreach (ulong value in values)
            if (value > (ulong)_start)
                throw Bad($"entry {Shown.Quote(name)} of the zip archive claims {values[0]} bytes at {values[2]}, before a table of contents at {_start}", at);
        return ((long)values[0], (long)values[1], (long)values[2]);
    }

    /// <summary>Goes to each entry, and sees that its own head agrees and that it ends before the next one begins.</summary>
    private void CheckPlaces()
    {
        ZipEntry[] ordered = [.. _entries.Values.OrderBy(entry => entry.Local)];
        for (int i = 0; i < ordered.Length; i++)
        {
            ZipEntry entry = ordered[i];
            long limit = i + 1 < ordered.Length ? ordered[i + 1].Local : _start;
            if (limit - entry.Local < LocalLength)
                throw Bad($"entry {Shown.Quote(entry.Name)} of the zip archive overlaps the next", entry.Local);
            byte[] head = Bytes(entry.Local, LocalLength);
            if (U32(head, 0) != LocalMark || U16(head, 8) != 0 || (U16(head, 6) & 1) != 0)
                throw Bad($"entry {Shown.Quote(entry.Name)} of the zip archive has no head where its table says", entry.Local);
            int nameLength = U16(head, 26);
            long data = entry.Local + LocalLength + nameLength + U16(head, 28);
            if (data > limit || entry.Length > limit - data)
                throw Bad($"entry {Shown.Quote(entry.Name)} of the zip archive, {entry.Length} bytes, overlaps the next", entry.Local);
            if (Name(Bytes(entry.Local + LocalLength, nameLength), entry.Local) != entry.Name)
                throw Bad($"entry {Shown.Quote(entry.Name)} of the zip archive has another name at its own place", entry.Local);
            _entries[entry.Name] = entry with { Data = data };
        }
    }

    private string Name(ReadOnlySpan<byte> bytes, long at)
    {
        try
        {
            return _utf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw Bad("the name of an entry of the zip archive is not UTF-8", at);
        }
    }

    private byte[] Bytes(long offset, int count)
    {
        byte[] bytes = new byte[count];
        return _file.ReadUpTo(bytes, offset) == count ? bytes : throw Bad("the zip archive is cut short", offset);
    }

    private InvalidDataException Bad(string what, long at) => new($"{_file.Path}: at byte {at}: {what}.");

    private static ushort U16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private static uint U32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static ulong U64(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt64LittleEndian(bytes[at..]);
}

/// <summary>One stored entry.</summary>
/// <param name="Name">Its name, with folders.</param>
/// <param name="Local">Where its own head lies in the file.</param>
/// <param name="Data">Where its first byte lies.</param>
/// <param name="Length">Its bytes.</param>
internal sealed record ZipEntry(string Name, long Local, long Data, long Length);
