using System.Buffers.Binary;
using System.Text;

namespace PeftSharp.Tensors.Native;

/// <summary>
/// The few structures of an ELF64 little-endian x86-64 shared object that symbol versions are made of: dynamic symbols,
/// their names, the version index of each (<c>.gnu.version</c>) and the versions wanted from other libraries
/// (<c>.gnu.version_r</c>). Every read is bounds-checked; anything unexpected is an <see cref="InvalidDataException"/>.
/// </summary>
internal sealed class ElfImage
{
    private const int HeaderSize = 64, SectionSize = 64, SymbolSize = 24, DynamicSize = 16, NeedSize = 16;
    private const uint TypeDynamic = 6, TypeDynSym = 11, TypeVerNeed = 0x6ffffffe, TypeVerSym = 0x6fffffff;
    private const ulong TagStrTab = 5, TagSymTab = 6, TagVerSym = 0x6ffffff0, TagVerNeed = 0x6ffffffe;

    private readonly byte[] _bytes;
    private readonly Section _symbols, _names, _versions, _needs;

    /// <summary>Reads the tables of <paramref name="bytes"/>, which stays the caller's and is not copied.</summary>
    public ElfImage(byte[] bytes)
    {
        _bytes = bytes;
        Section[] sections = ReadSections();
        _symbols = Single(sections, TypeDynSym, ".dynsym");
        _versions = Single(sections, TypeVerSym, ".gnu.version");
        _needs = Single(sections, TypeVerNeed, ".gnu.version_r");
        _names = _symbols.Link < sections.Length ? sections[_symbols.Link] : throw Bad("the name table of .dynsym is missing");
        if (_needs.Link != _symbols.Link)
            throw Bad(".gnu.version_r and .dynsym do not share a name table");
        SymbolCount = _symbols.Size / SymbolSize;
        if (_symbols.Size % SymbolSize != 0 || _versions.Size != SymbolCount * 2)
            throw Bad(".gnu.version does not match .dynsym");
        CheckDynamic(Single(sections, TypeDynamic, ".dynamic"));
    }

    /// <summary>The number of dynamic symbols, the empty first one included.</summary>
    public int SymbolCount { get; }

    /// <summary>A dynamic symbol; offsets are into the file.</summary>
    public Symbol SymbolAt(int index)
    {
        int at = _symbols.Offset + index * SymbolSize;
        int versionAt = _versions.Offset + index * 2;
        return new Symbol(at, U32(at), U16(at + 6) == 0, versionAt, (ushort)(U16(versionAt) & 0x7fff));
    }

    /// <summary>Every version wanted from other libraries.</summary>
    public List<VersionNeed> VersionNeeds()
    {
        List<VersionNeed> found = [];
        int limit = _needs.Size / NeedSize;
        int need = 0;
        while (true)
        {
            int at = InNeeds(need);
            string file = NameAt(U32(at + 4));
            int aux = Add(need, U32(at + 8));
            int count = U16(at + 2);
            for (int i = 0; i < count; i++)
            {
                if (found.Count >= limit)
                    throw Bad(".gnu.version_r does not end");
                int auxAt = InNeeds(aux);
                found.Add(new VersionNeed(file, NameAt(U32(auxAt + 8)), auxAt, U32(auxAt), (ushort)(U16(auxAt + 6) & 0x7fff), U32(auxAt + 8)));
                aux = Add(aux, U32(auxAt + 12));
            }
            uint next = U32(at + 12);
            if (next == 0)
                return found;
            // Entries only go forward, so this loop ends at the section's end at the latest.
            need = Add(need, next);
        }
    }

    /// <summary>A zero-terminated ASCII name of the dynamic name table.</summary>
    public string NameAt(uint offset)
    {
        if (offset >= (uint)_names.Size)
            throw Bad($"a name lies at {offset}, beyond the name table");
        ReadOnlySpan<byte> rest = _bytes.AsSpan(_names.Offset, _names.Size)[(int)offset..];
        int end = rest.IndexOf((byte)0);
        return end >= 0 ? Encoding.ASCII.GetString(rest[..end]) : throw Bad("a name has no end");
    }

    private Section[] ReadSections()
    {
        if (_bytes.Length < HeaderSize || U32(0) != 0x464c457f)
            throw Bad("it is not an ELF file");
        // 64-bit, little-endian, version 1; ET_DYN; EM_X86_64.
        if (_bytes[4] != 2 || _bytes[5] != 1 || _bytes[6] != 1 || U16(16) != 3 || U16(18) != 62)
            throw Bad("it is not a 64-bit x86-64 shared object");
        int count = U16(60);
        if (U16(58) != SectionSize || count == 0)
            throw Bad("it has no section table of the usual form");
        int table = Range(U64(40), (ulong)count * SectionSize, "the section table");
        Section[] sections = new Section[count];
        for (int i = 0; i < count; i++)
        {
            int at = table + i * SectionSize;
            uint type = U32(at + 4);
            bool read = type is TypeDynamic or TypeDynSym or TypeVerNeed or TypeVerSym or 3;
            int offset = read ? Range(U64(at + 24), U64(at + 32), $"section {i}") : 0;
            sections[i] = new Section(type, U64(at + 16), offset, read ? (int)U64(at + 32) : 0, (int)Math.Min(U32(at + 40), int.MaxValue));
        }
        return sections;
    }

    /// <summary>The loader goes by the dynamic tags, not by the sections: both must mean the same tables.</summary>
    private void CheckDynamic(Section dynamic)
    {
        int agreed = 0;
        for (int at = dynamic.Offset; at + DynamicSize <= dynamic.Offset + dynamic.Size; at += DynamicSize)
        {
            Section? named = U64(at) switch
            {
                TagStrTab => _names,
                TagSymTab => _symbols,
                TagVerSym => _versions,
                TagVerNeed => _needs,
                _ => null,
            };
            if (named is null)
                continue;
            // These tables lie in the first segment, which is mapped from offset 0 to address 0.
            if (U64(at + 8) != named.Address || named.Address != (ulong)named.Offset)
                throw Bad("its dynamic tags and its sections disagree");
            agreed++;
        }
        if (agreed != 4)
            throw Bad("its dynamic tags do not name each table once");
    }

    private static Section Single(Section[] sections, uint type, string name)
    {
        Section[] found = Array.FindAll(sections, s => s.Type == type);
        return found.Length == 1 ? found[0] : throw Bad($"it has {found.Length} sections of the kind of {name}");
    }

    private int InNeeds(int offset) =>
        offset >= 0 && offset <= _needs.Size - NeedSize ? _needs.Offset + offset : throw Bad(".gnu.version_r points outside itself");

    private static int Add(int offset, uint step) =>
        step <= int.MaxValue - (uint)offset ? offset + (int)step : throw Bad(".gnu.version_r points outside itself");

    private int Range(ulong offset, ulong size, string what) =>
        offset <= (ulong)_bytes.Length && size <= (ulong)_bytes.Length - offset ? (int)offset : throw Bad($"{what} lies outside the file");

    private ushort U16(int at) => BinaryPrimitives.ReadUInt16LittleEndian(Slice(at, 2));

    private uint U32(int at) => BinaryPrimitives.ReadUInt32LittleEndian(Slice(at, 4));

    private ulong U64(int at) => BinaryPrimitives.ReadUInt64LittleEndian(Slice(at, 8));

    private ReadOnlySpan<byte> Slice(int at, int size) =>
        at >= 0 && at <= _bytes.Length - size ? _bytes.AsSpan(at, size) : throw Bad($"a field at {at} lies outside the file");

    private static InvalidDataException Bad(string what) => new($"The ELF file is not one that can be read: {what}.");

    private sealed record Section(uint Type, ulong Address, int Offset, int Size, int Link);

    /// <summary>A dynamic symbol: where its record and its version index lie in the file, and what they say.</summary>
    public readonly record struct Symbol(int Offset, uint NameOffset, bool IsUndefined, int VersionOffset, ushort Version);

    /// <summary>A version wanted from another library: where its record lies in the file, and what it says.</summary>
    public readonly record struct VersionNeed(string File, string Name, int Offset, uint Hash, ushort Index, uint NameOffset);
}
