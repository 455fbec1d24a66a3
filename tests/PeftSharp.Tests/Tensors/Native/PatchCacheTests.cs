using PeftSharp.Tensors.Native;
using Xunit;

namespace PeftSharp.Tests.Tensors.Native;

public sealed class PatchCacheTests : IDisposable
{
    private readonly string _folder = Path.Combine(Directory.CreateTempSubdirectory("peftsharp-test-").FullName, "a", "native");
    private readonly byte[] _original = [1, 2, 3], _patched = [4, 5, 6, 7];

    public void Dispose() => Directory.Delete(Path.GetFullPath(Path.Combine(_folder, "..", "..")), recursive: true);

    [Fact]
    public void Store_NewFolder_WritesPrivateFileInPrivateFolder()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the library cache is for Linux");
        string path = PatchCache.Store(_folder, _original, _patched);
        Assert.Equal(_patched, File.ReadAllBytes(path));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, new FileInfo(path).UnixFileMode);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, new DirectoryInfo(_folder).UnixFileMode);
        Assert.Contains("039058c6f2c0cb492c533b0a4d14ef77cc0f78abccced5287d84a1a2011cfb81", path, StringComparison.Ordinal);
    }

    [Fact]
    public void Store_SecondUse_KeepsTheFile()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the library cache is for Linux");
        string path = PatchCache.Store(_folder, _original, _patched);
        DateTime first = new(2001, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(path, first);
        Assert.Equal(path, PatchCache.Store(_folder, _original, _patched));
        Assert.Equal(first, File.GetLastWriteTimeUtc(path));
    }

    [Theory]
    [InlineData("flip")]
    [InlineData("truncate")]
    [InlineData("lengthen")]
    [InlineData("delete")]
    [InlineData("link")]
    [InlineData("permissions")]
    public void Store_DamagedFile_IsRepaired(string damage)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the library cache is for Linux");
        string path = PatchCache.Store(_folder, _original, _patched);
        switch (damage)
        {
            case "flip": File.WriteAllBytes(path, [4, 5, 6, 8]); break;
            case "truncate": File.WriteAllBytes(path, [4, 5]); break;
            case "lengthen": File.WriteAllBytes(path, [4, 5, 6, 7, 8]); break;
            case "delete": File.Delete(path); break;
            case "link":
                File.Move(path, path + ".elsewhere");
                File.CreateSymbolicLink(path, path + ".elsewhere");
                break;
            default:
#pragma warning disable CA1416 // Windows left above.
                File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupWrite);
#pragma warning restore CA1416
                break;
        }
        Assert.Equal(path, PatchCache.Store(_folder, _original, _patched));
        Assert.Equal(_patched, File.ReadAllBytes(path));
        Assert.Null(new FileInfo(path).LinkTarget);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, new FileInfo(path).UnixFileMode);
    }

    [Fact]
    public async Task Store_EightThreadsAtOnce_AllSeeTheWholeFile()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the library cache is for Linux");
        byte[] large = new byte[1 << 20];
        new Random(1).NextBytes(large);
        for (int round = 0; round < 5; round++)
        {
            using Barrier barrier = new(8);
            Task[] tasks = [.. Enumerable.Range(0, 8).Select(_ => Task.Factory.StartNew(() =>
            {
                barrier.SignalAndWait();
                Assert.Equal(large, File.ReadAllBytes(PatchCache.Store(_folder, _original, large)));
            }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default))];
            await Task.WhenAll(tasks);
            File.Delete(Assert.Single(Directory.GetFiles(_folder)));
        }
    }

    [Fact]
    public void Store_FolderThatCannotBeMade_ThrowsIOException()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the library cache is for Linux");
        string file = Path.Combine(Directory.CreateDirectory(_folder).FullName, "plain");
        File.WriteAllText(file, "");
        Assert.ThrowsAny<IOException>(() => PatchCache.Store(Path.Combine(file, "native"), _original, _patched));
    }
}
