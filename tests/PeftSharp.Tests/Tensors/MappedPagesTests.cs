using System.Globalization;
using PeftSharp.Kernels;
using PeftSharp.Tensors;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Tensors;

[Collection(nameof(Alone))]
public sealed class MappedPagesTests
{
    private readonly RandomTensors _random = new(seed: 1);
    private const long Count = 8 << 20;

    [Fact]
    public void LetGo_OfMappedTensor_FreesItsPagesAndKeepsItsValues()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux is told.");
        using TemporaryFolder folder = new();
        string path = folder.At("weights.safetensors");
        using (Tensor values = _random.Normal(2, Count))
            SafetensorsWriter.Write(path, [("a", values)], new Dictionary<string, string>());
        using SafetensorsFile file = SafetensorsFile.Open(path);
        using Tensor mapped = file.Load("a");
        using Tensor copy = mapped.clone();
        long before = FileBytes();
        Assert.True(MappedPages.LetGo(mapped));
        // Dirty pages of a file just written are not given up; most are clean.
        Assert.True(before - FileBytes() > Count * sizeof(float), $"{before} to {FileBytes()}");
        Assert.True(mapped.allclose(copy, 0, 0));
        // Pages that were written to are not the file's any more; they are kept.
        mapped[0].FillInPlace(3);
        MappedPages.LetGo(mapped);
        Assert.Equal(3 * Count, mapped[0].to(ScalarType.Float64).sum().item<double>());
    }

    [Fact]
    public void LetGo_OfOtherMemory_DoesNothing()
    {
        using Tensor values = _random.Normal(1 << 16);
        Assert.False(MappedPages.LetGo(values));
    }

    /// <summary>What mapped files have in memory.</summary>
    private static long FileBytes()
    {
        string line = File.ReadLines("/proc/self/status").First(line => line.StartsWith("RssFile:", StringComparison.Ordinal));
        return 1024 * long.Parse(line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }
}
