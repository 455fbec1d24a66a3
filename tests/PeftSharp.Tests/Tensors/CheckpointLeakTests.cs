using PeftSharp.Tensors;
using TorchSharp;
using Xunit;

namespace PeftSharp.Tests.Tensors;

/// <summary>Live tensors and mapped memory after loading and letting go.</summary>
[Collection(nameof(Alone))]
public sealed class CheckpointLeakTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public CheckpointLeakTests()
    {
        // What earlier tests left to the finalizer must not be counted here.
        for (int i = 0; i < 2; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }

    public void Dispose() => _folder.Dispose();

    private static long Mapped()
    {
        // Addresses and sizes of everything mapped from the temporary folder.
        long bytes = 0;
        foreach (string line in File.ReadLines("/proc/self/maps").Where(l => l.Contains("peftsharp-test-", StringComparison.Ordinal)))
        {
            string[] ends = line[..line.IndexOf(' ', StringComparison.Ordinal)].Split('-');
            bytes += Convert.ToInt64(ends[1], 16) - Convert.ToInt64(ends[0], 16);
        }
        return bytes;
    }

    private string Large()
    {
        using torch.Tensor a = torch.ones(1 << 22), b = torch.ones(1 << 20, dtype: torch.ScalarType.BFloat16);
        SafetensorsWriter.Write(_folder.At("model.safetensors"), [("a", a), ("b", b)]);
        return _folder.At("model.safetensors");
    }

    [Fact]
    public void Load_TensorsAndFileDisposed_CountsAndMappingsReturn()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs /proc/self/maps");
        string path = Large();
        long tensors = torch.Tensor.TotalCount, before = Mapped();
        for (int i = 0; i < 50; i++)
        {
            using ICheckpoint file = Checkpoint.Open(path);
            using (torch.NewDisposeScope())
                Assert.Equal(1 << 22, file.Load("a").sum().item<float>());
            using torch.Tensor b = file.Load("b");
            Assert.InRange(Mapped() - before, 1 << 24, 1 << 26);
        }
        Assert.Equal(tensors, torch.Tensor.TotalCount);
        Assert.Equal(before, Mapped());
    }

    [Fact]
    public void Load_FileDisposedFirst_LastTensorEndsTheMapping()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs /proc/self/maps");
        string path = Large();
        long before = Mapped();
        torch.Tensor a;
        using (ICheckpoint file = Checkpoint.Open(path))
            a = file.Load("a");
        Assert.InRange(Mapped() - before, 1 << 24, 1 << 25);
        a.Dispose();
        Assert.Equal(before, Mapped());
    }

    [Fact]
    public void Load_ScopeEnds_ScopeStatisticsReturn()
    {
        string path = Large();
        using ICheckpoint file = Checkpoint.Open(path);
        file.Load("a").Dispose();
        long live = DisposeScopeManager.Statistics.ThreadTotalLiveCount, count = torch.Tensor.TotalCount;
        using (torch.NewDisposeScope())
        {
            _ = file.Load("a");
            _ = file.Load("b");
        }
        // The mapping for bfloat16 is the file's, and lives as long as it.
        Assert.Equal(count + 1, torch.Tensor.TotalCount);
        file.Dispose();
        Assert.Equal(count - 1, torch.Tensor.TotalCount);
        Assert.InRange(DisposeScopeManager.Statistics.ThreadTotalLiveCount, live - 1, live + 1);
    }

    [Fact]
    public void Open_ThousandTimesRefused_LeavesNoOpenHandle()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs /proc/self/fd");
        string path = _folder.Put("bad", "not a file of the format");
        int before = Directory.GetFiles("/proc/self/fd").Length;
        for (int i = 0; i < 1000; i++)
            Assert.Throws<InvalidDataException>(() => SafetensorsFile.Open(path));
        Assert.InRange(Directory.GetFiles("/proc/self/fd").Length, 0, before + 5);
    }

    [Fact]
    public void Write_HundredTimes_LiveTensorCountIsFlat()
    {
        using torch.Tensor a = torch.ones(100, 100), t = a.t();
        long before = torch.Tensor.TotalCount;
        for (int i = 0; i < 100; i++)
            SafetensorsWriter.Write(_folder.At("x"), [("a", a), ("t", t)]);
        Assert.Equal(before, torch.Tensor.TotalCount);
    }
}
