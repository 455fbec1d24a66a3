using CsCheck;
using PeftSharp.Tensors.Native;
using PeftSharp.Testing;
using Xunit;

namespace PeftSharp.Tests.Tensors.Native;

public sealed class GlibcxxPatchTests
{
    private static readonly uint[] _extremes = [0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffff0];

    [Fact]
    public void Apply_RealLibrary_LeavesNoNeedForTheNewVersion()
    {
        byte[] original = BridgeLibrary.Bytes, copy = (byte[])original.Clone();
        byte[] patched = GlibcxxPatch.Apply(original);

        Assert.Equal(copy, original);
        Assert.Contains(new ElfImage(original).VersionNeeds(), n => n.Name == GlibcxxPatch.TooNew);
        ElfImage elf = new(patched);
        Assert.DoesNotContain(elf.VersionNeeds(), n => n.Name == GlibcxxPatch.TooNew);
        Assert.DoesNotContain(Names(elf), n => n == "_ZSt21ios_base_library_initv");
        Assert.Equal(2, Names(elf).Count(n => n == "_ZNSt6chrono3_V212steady_clock3nowEv"));
    }

    [Fact]
    public void Apply_RealLibrary_ChangesFourteenBytesAtMost()
    {
        byte[] original = BridgeLibrary.Bytes;
        byte[] patched = GlibcxxPatch.Apply(original);
        int changed = original.Zip(patched).Count(p => p.First != p.Second);
        Assert.InRange(changed, 1, 14);
    }

    [Fact]
    public void Apply_PatchedLibrary_IsRefused()
    {
        byte[] patched = GlibcxxPatch.Apply(BridgeLibrary.Bytes);
        InvalidDataException e = Assert.Throws<InvalidDataException>(() => GlibcxxPatch.Apply(patched));
        Assert.Contains("GLIBCXX_3.4.32 is wanted 0 times", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Apply_Miniature_MovesSymbolAndVersionToTheHarmlessOne()
    {
        ElfImage elf = new(GlibcxxPatch.Apply(BridgeLibrary.Miniature()));
        Assert.Equal(elf.SymbolAt(2).NameOffset, elf.SymbolAt(1).NameOffset);
        Assert.Equal(2, elf.SymbolAt(1).Version);
        Assert.Equal(["GLIBCXX_3.4.30", "GLIBCXX_3.4.30", "GLIBCXX_3.4.19"], elf.VersionNeeds().Select(n => n.Name));
        Assert.Equal(elf.VersionNeeds()[1].Hash, elf.VersionNeeds()[0].Hash);
    }

    [Theory]
    [InlineData("_ZNSomething", "GLIBCXX_3.4.32", "libstdc++.so.6", "not by _ZSt21ios_base_library_initv alone")]
    [InlineData("_ZSt21ios_base_library_initv", "GLIBCXX_3.4.33", "libstdc++.so.6", "GLIBCXX_3.4.32 is wanted 0 times")]
    [InlineData("_ZSt21ios_base_library_initv", "GLIBCXX_3.4.32", "libc++.so.1", "GLIBCXX_3.4.32 is wanted 0 times")]
    public void Apply_OtherLayout_IsRefused(string symbol, string version, string file, string expected)
    {
        InvalidDataException e = Assert.Throws<InvalidDataException>(() => GlibcxxPatch.Apply(BridgeLibrary.Miniature(symbol, version, file)));
        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Apply_EveryTruncationOfMiniature_IsRefused()
    {
        byte[] whole = BridgeLibrary.Miniature();
        for (int length = 0; length < whole.Length; length++)
            Assert.Throws<InvalidDataException>(() => GlibcxxPatch.Apply(whole[..length]));
    }

    [Fact]
    public void Apply_MutatedMiniature_PatchesOrThrowsInvalidData() =>
        Gen.Select(Gen.Int[0, 959], Gen.OneOf(Gen.Byte.Select(b => new[] { b }), Gen.Int[0, _extremes.Length - 1].Select(i => BitConverter.GetBytes(_extremes[i])))).List[1, 3]
            .SampleSeeded(edits =>
            {
                byte[] elf = BridgeLibrary.Miniature();
                foreach ((int at, byte[] value) in edits)
                    value.AsSpan(0, Math.Min(value.Length, elf.Length - at)).CopyTo(elf.AsSpan(at));
                PatchOrRefuse(elf);
            }, iter: 50_000);

    [Fact]
    public void Apply_MutatedRealLibrary_PatchesOrThrowsInvalidData()
    {
        byte[] real = BridgeLibrary.Bytes;
        // The header, the dynamic symbols and the versions of the real file, and its section table.
        Gen.Select(Gen.OneOf(Gen.Int[0, 0x40000], Gen.Int[real.Length - 2100, real.Length - 4]), Gen.UInt).SampleSeeded((at, value) =>
        {
            byte[] elf = (byte[])real.Clone();
            BitConverter.TryWriteBytes(elf.AsSpan(at), value);
            PatchOrRefuse(elf);
        }, iter: 200);
    }

    private static void PatchOrRefuse(byte[] elf)
    {
        try
        {
            Assert.Equal(elf.Length, GlibcxxPatch.Apply(elf).Length);
        }
        catch (InvalidDataException e)
        {
            Assert.NotEmpty(e.Message);
        }
    }

    private static IEnumerable<string> Names(ElfImage elf) =>
        Enumerable.Range(1, elf.SymbolCount - 1).Select(i => elf.NameAt(elf.SymbolAt(i).NameOffset));
}
