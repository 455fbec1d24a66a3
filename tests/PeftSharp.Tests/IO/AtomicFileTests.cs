using System.Text;
using PeftSharp.IO;
using Xunit;

namespace PeftSharp.Tests.IO;

public sealed class AtomicFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("peftsharp-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string At(string name) => Path.Combine(_folder, name);

    [Fact]
    public void Write_NewFile_HoldsTheContentAndNothingElseIsLeft()
    {
        AtomicFile.Write(At("a b ü.bin"), s => s.Write([1, 2, 3]));
        Assert.Equal([1, 2, 3], File.ReadAllBytes(At("a b ü.bin")));
        Assert.Single(Directory.GetFiles(_folder));
    }

    [Fact]
    public void Write_ExistingFile_IsReplaced()
    {
        File.WriteAllText(At("x"), "a longer old content");
        AtomicFile.Write(At("x"), s => s.WriteByte(7));
        Assert.Equal([7], File.ReadAllBytes(At("x")));
    }

    [Fact]
    public void Write_WriterThrows_OldFileStaysAndTemporaryIsGone()
    {
        File.WriteAllText(At("x"), "old");
        IOException e = Assert.Throws<IOException>(() => AtomicFile.Write(At("x"), s =>
        {
            s.Write(new byte[100_000]);
            throw new IOException("No space left on device");
        }));
        Assert.Equal("No space left on device", e.Message);
        Assert.Equal("old", File.ReadAllText(At("x")));
        Assert.Single(Directory.GetFiles(_folder));
    }

    [Fact]
    public void Write_MissingFolder_Throws() =>
        Assert.Throws<DirectoryNotFoundException>(() => AtomicFile.Write(Path.Combine(_folder, "none", "x"), _ => { }));

    [Fact]
    public void Write_TargetIsAFolder_ThrowsAndLeavesNothing()
    {
        Directory.CreateDirectory(At("x"));
        Assert.ThrowsAny<Exception>(() => AtomicFile.Write(At("x"), s => s.WriteByte(1)));
        Assert.Empty(Directory.GetFiles(_folder));
    }

    [Fact]
    public void WriteText_NonAscii_IsUtf8WithoutMark()
    {
        AtomicFile.WriteText(At("t"), "é\n");
        Assert.Equal(Encoding.UTF8.GetBytes("é\n"), File.ReadAllBytes(At("t")));
    }
}
