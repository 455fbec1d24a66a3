using PeftSharp.IO;
using PeftSharp.Tests.Tensors;
using Xunit;

namespace PeftSharp.Tests.IO;

public sealed class AtomicFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Target => _folder.At("adapter");

    private string Content => File.ReadAllText(Path.Combine(Target, "file"));

    [Fact]
    public void Write_OverAFolder_ReplacesItAndLeavesNothingElse()
    {
        Put(Target, "old");
        AtomicFolder.Write(Target, folder => File.WriteAllText(Path.Combine(folder, "file"), "new"));
        Assert.Equal("new", Content);
        Assert.Equal([Target], Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void Write_WhereFoldersCannotChangePlaces_ReplacesItAllTheSame()
    {
        Put(Target, "old");
        AtomicFolder.Write(Target + "/", folder => File.WriteAllText(Path.Combine(folder, "file"), "new"), (_, _) => false);
        Assert.Equal("new", Content);
        Assert.Equal([Target], Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void TryExchange_OfTwoFolders_IsOneStepOnThisSystem()
    {
        Put(Target, "old");
        Put(_folder.At("other"), "new");
        if (!OperatingSystem.IsLinux())
            Assert.False(LibC.TryExchange(Target, _folder.At("other")));
        else if (LibC.TryExchange(Target, _folder.At("other")))
            Assert.Equal(("new", "old"), (Content, File.ReadAllText(_folder.At("other", "file"))));
        else
            // A file system that cannot leaves both as they were.
            Assert.Equal("old", Content);
    }

    [Fact]
    public void TryExchange_OfWhatIsNotThere_Throws()
    {
        Put(Target, "old");
        if (LibC.Version is not null)
            Assert.Throws<IOException>(() => LibC.TryExchange(Target, _folder.At("nothing")));
    }

    [Fact]
    public void Write_KilledBeforeTheFoldersChangePlaces_KeepsTheOldOne()
    {
        Put(Target, "old");
        // What a kill leaves at this moment is what an exception leaves that nothing can catch: the new folder, beside the old one.
        string? left = null;
        Assert.Throws<InvalidOperationException>(() => AtomicFolder.Write(Target, folder => Put(folder, "new"), (fresh, _) =>
        {
            left = fresh + "x";
            Directory.Move(fresh, left);
            throw new InvalidOperationException("killed");
        }));
        Assert.Equal("old", Content);
        Assert.True(Directory.Exists(left));
    }

    [Fact]
    public void Recover_AfterAKillBetweenTwoRenames_BringsTheOldOneBack()
    {
        Put($"{Target}{AtomicFolder.ReplacedMark}{Guid.NewGuid():N}", "old");
        Put($"{Target}{AtomicFolder.TemporaryMark}{Guid.NewGuid():N}", "new");
        AtomicFolder.Recover(Target);
        Assert.Equal("old", Content);
        AtomicFolder.Clean(_folder.Path);
        Assert.Equal([Target], Directory.GetFileSystemEntries(_folder.Path));
        // A second one finds nothing to do.
        AtomicFolder.Recover(Target);
        Assert.Equal("old", Content);
    }

    [Fact]
    public void Write_AfterAKillBetweenTwoRenames_ReplacesWhatItBroughtBack()
    {
        Put($"{Target}{AtomicFolder.ReplacedMark}{Guid.NewGuid():N}", "old");
        AtomicFolder.Write(Target, folder => Put(folder, "new"));
        Assert.Equal("new", Content);
        Assert.Equal([Target], Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void Clean_AfterAKill_RemovesWhatIsLeftAndNothingOfTheUsers()
    {
        Put(Target, "new");
        Put($"{Target}{AtomicFolder.ReplacedMark}{Guid.NewGuid():N}", "old");
        Put($"{Target}{AtomicFolder.TemporaryMark}{Guid.NewGuid():N}", "half");
        Put(_folder.At("notes.replaced-by-me"), "mine");
        Put(_folder.At("notes.partial-copy"), "mine");
        AtomicFolder.Clean(_folder.Path);
        Assert.Equal("new", Content);
        Assert.Equal(
            ["adapter", "notes.partial-copy", "notes.replaced-by-me"],
            Directory.GetFileSystemEntries(_folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    private static void Put(string folder, string content)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "file"), content);
    }
}
