using PeftSharp.Tensors.Native;
using Xunit;

namespace PeftSharp.Tests.Tensors.Native;

/// <summary>The real libLibTorchSharp.so that the build placed beside the tests.</summary>
internal static class BridgeLibrary
{
    private static readonly Lazy<byte[]> _bytes = new(() => File.ReadAllBytes(NativeLoader.FindBridge() ?? throw new FileNotFoundException("libLibTorchSharp.so is not beside the tests.")));

    public static byte[] Bytes
    {
        get
        {
            Assert.SkipUnless(OperatingSystem.IsLinux(), "the library is patched on Linux only");
            return _bytes.Value;
        }
    }

    /// <summary>
    /// A small ELF file with the same tables: short enough that a random mutation hits something that is read.
    /// </summary>
    public static byte[] Miniature(string initialiser = "_ZSt21ios_base_library_initv", string newest = "GLIBCXX_3.4.32", string file = "libstdc++.so.6")
    {
        // names at 64, symbols at 320 (3 entries), versions at 400, needs at 416, dynamic at 512, sections at 576.
        byte[] elf = new byte[576 + 6 * 64];
        BinaryWriter w = new(new MemoryStream(elf));
        void At(int offset) => w.BaseStream.Position = offset;
        int nameAt = 65;
        int Name(string text) { int at = nameAt; At(at); w.Write(System.Text.Encoding.ASCII.GetBytes(text)); nameAt += text.Length + 1; return at - 64; }
        int n1 = Name(initialiser), n2 = Name("_ZNSt6chrono3_V212steady_clock3nowEv"), nf = Name(file), v32 = Name(newest), v30 = Name("GLIBCXX_3.4.30"), v19 = Name("GLIBCXX_3.4.19");
        At(0); w.Write(0x464c457fu); w.Write((byte)2); w.Write((byte)1); w.Write((byte)1);
        At(16); w.Write((ushort)3); w.Write((ushort)62);
        At(40); w.Write(576UL); At(58); w.Write((ushort)64); w.Write((ushort)6);
        At(320 + 24); w.Write(n1); At(320 + 48); w.Write(n2);
        At(402); w.Write((ushort)4); w.Write((ushort)2);
        At(416); w.Write((ushort)1); w.Write((ushort)3); w.Write(nf); w.Write(16); w.Write(0);
        void Aux(int index, int name, int next) { w.Write(0x1000 + index); w.Write((ushort)0); w.Write((ushort)index); w.Write(name); w.Write(next); }
        Aux(4, v32, 16); Aux(3, v30, 16); Aux(2, v19, 0);
        At(512); foreach ((ulong tag, ulong address) in new[] { (5UL, 64UL), (6UL, 320UL), (0x6ffffff0UL, 400UL), (0x6ffffffeUL, 416UL) }) { w.Write(tag); w.Write(address); }
        void Section(int i, uint type, int offset, int size, int link) { At(576 + i * 64 + 4); w.Write(type); At(576 + i * 64 + 16); w.Write((ulong)offset); w.Write((ulong)offset); w.Write((ulong)size); w.Write(link); }
        Section(1, 11, 320, 72, 2); Section(2, 3, 64, 256, 0); Section(3, 0x6fffffff, 400, 6, 1); Section(4, 0x6ffffffe, 416, 64, 2); Section(5, 6, 512, 64, 2);
        return elf;
    }
}
