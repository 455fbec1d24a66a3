using System.Buffers.Binary;

namespace PeftSharp.Tensors.Native;

/// <summary>
/// Makes TorchSharp's <c>libLibTorchSharp.so</c> load where libstdc++ is older than GCC 13.2 (Debian 12, Ubuntu 22.04).
/// </summary>
/// <remarks>
/// The library asks for version GLIBCXX_3.4.32 for one symbol, <c>std::ios_base_library_init()</c>. An older libstdc++ does
/// that work in the static initialiser of every library that includes <c>&lt;iostream&gt;</c>, libtorch's among them, so the
/// call may do nothing. Three fields change: the wanted version becomes GLIBCXX_3.4.30, which the library needs anyway;
/// the symbol gets the name, and its version entry the version, of <c>std::chrono::steady_clock::now()</c>, which the
/// library imports too, takes no argument and has no effect. A layout other than this is refused.
/// </remarks>
internal static class GlibcxxPatch
{
    internal const string TooNew = "GLIBCXX_3.4.32";
    private const string Present = "GLIBCXX_3.4.30";
    private const string Initialiser = "_ZSt21ios_base_library_initv";
    private const string Harmless = "_ZNSt6chrono3_V212steady_clock3nowEv";
    private const string StandardLibrary = "libstdc++.so.6";

    /// <summary>The changed copy of a library.</summary>
    /// <exception cref="InvalidDataException">The file is not laid out as the one this patch is for.</exception>
    public static byte[] Apply(byte[] original)
    {
        ElfImage elf = new(original);
        List<ElfImage.VersionNeed> needs = elf.VersionNeeds();
        ElfImage.VersionNeed tooNew = Only(needs, TooNew);
        ElfImage.VersionNeed present = Only(needs, Present);

        List<ElfImage.Symbol> users = [];
        ElfImage.Symbol? harmless = null;
        for (int i = 1; i < elf.SymbolCount; i++)
        {
            ElfImage.Symbol symbol = elf.SymbolAt(i);
            if (symbol.Version == tooNew.Index)
                users.Add(symbol);
            else if (symbol.IsUndefined && elf.NameAt(symbol.NameOffset) == Harmless)
                harmless = symbol;
        }
        if (users is not [{ IsUndefined: true } user] || elf.NameAt(user.NameOffset) != Initialiser)
            throw Unknown($"{TooNew} is wanted by {users.Count} symbols, not by {Initialiser} alone");
        if (harmless is not { } donor || !needs.Exists(n => n.Index == donor.Version && n.File == StandardLibrary))
            throw Unknown($"{Harmless} is not imported from {StandardLibrary}");

        byte[] patched = (byte[])original.Clone();
        // struct Elf64_Vernaux { u32 hash; u16 flags; u16 index; u32 name; u32 next; }
        BinaryPrimitives.WriteUInt32LittleEndian(patched.AsSpan(tooNew.Offset), present.Hash);
        BinaryPrimitives.WriteUInt32LittleEndian(patched.AsSpan(tooNew.Offset + 8), present.NameOffset);
        // struct Elf64_Sym { u32 name; … }
        BinaryPrimitives.WriteUInt32LittleEndian(patched.AsSpan(user.Offset), donor.NameOffset);
        BinaryPrimitives.WriteUInt16LittleEndian(patched.AsSpan(user.VersionOffset), donor.Version);
        return patched;
    }

    private static ElfImage.VersionNeed Only(List<ElfImage.VersionNeed> needs, string version)
    {
        List<ElfImage.VersionNeed> found = needs.FindAll(n => n.Name == version && n.File == StandardLibrary);
        return found is [var one] ? one : throw Unknown($"{version} is wanted {found.Count} times, not once");
    }

    private static InvalidDataException Unknown(string what) =>
        new($"The library is not the build of libLibTorchSharp.so that PeftSharp knows how to adapt: {what}.");
}
