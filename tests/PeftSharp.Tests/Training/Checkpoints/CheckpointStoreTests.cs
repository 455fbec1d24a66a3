using PeftSharp.IO;
using PeftSharp.Training;
using Xunit;

namespace PeftSharp.Tests.Training;

[Collection(SeededTorch.Name)]
public sealed class CheckpointStoreTests
{
    [Fact]
    public void Train_WhatAKillLeft_IsIgnoredAndCleaned()
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder.At("checkpoint-9.partial-0123456789abcdef0123456789abcdef"));
        File.WriteAllText(folder.At("checkpoint-9.partial-0123456789abcdef0123456789abcdef", "adapter_model.safetensors"), "half");
        // A folder without a state is no checkpoint, whoever made it; it is left alone.
        Directory.CreateDirectory(folder.At("checkpoint-7"));
        using TinyModel tiny = TinyModel.Open("bert");
        RecordingObserver observer = new();
        tiny.Train(tiny.Data(), Runs.Saving(folder.Root, 4, 4), observer);
        Assert.Empty(observer.Warnings);
        Assert.Equal(
            ["checkpoint-4", "checkpoint-7"],
            Directory.GetFileSystemEntries(folder.Root).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal([4L], new CheckpointStore(new() { OutputDirectory = folder.Root }).Steps());
    }

    [Fact]
    public void Train_FolderOfAnEarlierRun_WarnsAndKeepsItsCheckpoints()
    {
        using TemporaryFolder folder = new();
        void Run(int steps, int every, List<string>? warnings = null)
        {
            using TinyModel tiny = TinyModel.Open("bert");
            RecordingObserver observer = new();
            tiny.Train(tiny.Data(), Runs.Saving(folder.Root, steps, every, limit: 1), observer);
            warnings?.AddRange(observer.Warnings);
        }
        Run(3, 3);
        List<string> warnings = [];
        Run(8, 4, warnings);
        Assert.Contains("earlier run", Assert.Single(warnings), StringComparison.Ordinal);
        Assert.Equal([3L, 8L], new CheckpointStore(new() { OutputDirectory = folder.Root }).Steps());
    }

    [Fact]
    public void Train_OutputDirThatIsAFile_IsAnErrorBeforeTheFirstStep()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.At("file"), "");
        using TinyModel tiny = TinyModel.Open("bert");
        RecordingObserver observer = new();
        IOException error = Assert.Throws<IOException>(() => tiny.Train(tiny.Data(), Runs.Saving(folder.At("file"), 2, 1), observer));
        Assert.Contains("output_dir", error.Message, StringComparison.Ordinal);
        Assert.Empty(observer.Steps);
    }

    [Fact]
    public void Write_FillFails_LeavesNothingAndKeepsTheLast()
    {
        using TemporaryFolder folder = new();
        string target = folder.At("checkpoint-1");
        AtomicFolder.Write(target, path => File.WriteAllText(Path.Combine(path, "a"), "old"));
        Assert.Throws<IOException>(() => AtomicFolder.Write(target, path =>
        {
            File.WriteAllText(Path.Combine(path, "a"), "new");
            throw new IOException("No space left on device");
        }));
        Assert.Equal("old", File.ReadAllText(Path.Combine(target, "a")));
        Assert.Equal([target], Directory.GetFileSystemEntries(folder.Root));
    }

    [Fact]
    public void Write_FolderThatIsThere_IsReplacedWhole()
    {
        using TemporaryFolder folder = new();
        string target = folder.At("checkpoint-1");
        AtomicFolder.Write(target, path => File.WriteAllText(Path.Combine(path, "a"), "old"));
        AtomicFolder.Write(target, path => File.WriteAllText(Path.Combine(path, "b"), "new"));
        Assert.Equal(["b"], Directory.GetFiles(target).Select(Path.GetFileName));
        Assert.Equal([target], Directory.GetFileSystemEntries(folder.Root));
    }
}
