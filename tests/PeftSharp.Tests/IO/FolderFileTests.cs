using PeftSharp.IO;
using PeftSharp.Tests.Tensors;
using Xunit;

namespace PeftSharp.Tests.IO;

public sealed class FolderFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Sub(string name) => Directory.CreateDirectory(_folder.At(name)).FullName;

    [Fact]
    public void Resolve_PlainFile_IsItsPath()
    {
        _folder.Put("a b.safetensors", "x");
        Assert.Equal(_folder.At("a b.safetensors"), FolderFile.Resolve(_folder.Path + "/", "a b.safetensors", "test"));
    }

    [Fact]
    public void Resolve_LinkInsideTheFolder_IsAllowed()
    {
        _folder.Put("real", "x");
        File.CreateSymbolicLink(_folder.At("link"), "real");
        Assert.Equal(_folder.At("link"), FolderFile.Resolve(_folder.Path, "link", "test"));
    }

    [Theory]
    [InlineData("../outside")]
    [InlineData("sub/file")]
    [InlineData("second")]
    public void Resolve_LinkOfTheFoldersOwner_IsFollowed(string target)
    {
        string folder = Sub("folder");
        Directory.CreateDirectory(Path.Combine(folder, "sub"));
        File.WriteAllText(Path.Combine(folder, "sub", "file"), "x");
        _folder.Put("outside", "x");
        File.CreateSymbolicLink(Path.Combine(folder, "second"), "../outside");
        File.CreateSymbolicLink(Path.Combine(folder, "link"), target);
        Assert.Equal(Path.Combine(folder, "link"), FolderFile.Resolve(folder, "link", "test"));
    }

    [Fact]
    public void Resolve_HubCacheLink_IsFollowedThroughAnotherNameOfTheFolder()
    {
        string snapshot = Sub("models--x/snapshots/abc");
        Directory.CreateDirectory(_folder.At("models--x", "blobs"));
        File.WriteAllText(_folder.At("models--x", "blobs", "0123"), "x");
        File.CreateSymbolicLink(Path.Combine(snapshot, "good"), "../../blobs/0123");
        Directory.CreateSymbolicLink(_folder.At("mine"), snapshot);
        Assert.EndsWith("good", FolderFile.Resolve(snapshot, "good", "test"), StringComparison.Ordinal);
        Assert.EndsWith("good", FolderFile.Resolve(_folder.At("mine"), "good", "test"), StringComparison.Ordinal);
    }

    [Fact]
    public void Resolve_BrokenOrCircularLink_Throws()
    {
        File.CreateSymbolicLink(_folder.At("broken"), "nowhere");
        File.CreateSymbolicLink(_folder.At("one"), "two");
        File.CreateSymbolicLink(_folder.At("two"), "one");
        Assert.Throws<FileNotFoundException>(() => FolderFile.Resolve(_folder.Path, "broken", "test"));
        Assert.ThrowsAny<Exception>(() => FolderFile.Resolve(_folder.Path, "one", "test"));
    }

    [Theory]
    [InlineData("a.safetensors", true)]
    [InlineData("..a", true)]
    [InlineData(".", false)]
    [InlineData("..", false)]
    [InlineData("a/b", false)]
    [InlineData("a\\b", false)]
    [InlineData("c:x", false)]
    [InlineData("a\nb", false)]
    [InlineData("", false)]
    public void IsPlain_Name_IsJudgedTheSameOnEverySystem(string name, bool plain) => Assert.Equal(plain, FolderFile.IsPlain(name));
}
