using System.Text.Json.Nodes;
using PeftSharp.Kernels;
using PeftSharp.Tensors;
using TorchSharp;
using Xunit;

namespace PeftSharp.Tests.Tensors;

public sealed class ShardedSafetensorsWriterTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    private static (string, torch.Tensor) Floats(string name, int count) => (name, ScalarMath.Range(0, count, torch.CPU).to(torch.ScalarType.Float32));

    [Fact]
    public void Write_FewBytes_IsOneFile()
    {
        Assert.Equal(["model.safetensors"], ShardedSafetensorsWriter.Write(_folder.Path, [Floats("a", 10), Floats("b", 10)], 80));
        Assert.Equal(["model.safetensors"], Directory.GetFiles(_folder.Path).Select(f => Path.GetFileName(f)));
    }

    [Fact]
    public void Write_ManyBytes_IsShardsAndTheIndex()
    {
        // 40, 40, 20 and 400 bytes, with at most 80 in a file: the large one stands alone, "d" still fits beside "c".
        (string, torch.Tensor)[] tensors = [Floats("b", 10), Floats("a", 10), Floats("c", 5), Floats("large", 100), Floats("d", 5)];
        IReadOnlyList<string> files = ShardedSafetensorsWriter.Write(_folder.Path, tensors, 80);
        Assert.Equal(["model-00001-of-00003.safetensors", "model-00002-of-00003.safetensors", "model-00003-of-00003.safetensors"], files);
        JsonNode index = JsonNode.Parse(File.ReadAllText(_folder.At("model.safetensors.index.json")))!;
        Assert.Equal(520, (long)index["metadata"]!["total_size"]!);
        Assert.Equal(
            ["a=1", "b=1", "c=3", "d=3", "large=2"],
            index["weight_map"]!.AsObject().Select(p => $"{p.Key}={((string)p.Value!)[10]}"));

        using ICheckpoint checkpoint = Checkpoint.Open(_folder.Path);
        Assert.Equal("pt", checkpoint.Metadata["format"]);
        foreach ((string name, torch.Tensor tensor) in tensors)
        {
            using torch.Tensor found = checkpoint.Load(name);
            Assert.Equal(tensor.data<float>().ToArray(), found.data<float>().ToArray());
        }
    }

    [Fact]
    public void Write_NameTwice_IsRefused() =>
        Assert.Throws<ArgumentException>(() => ShardedSafetensorsWriter.Write(_folder.Path, [Floats("a", 10), Floats("a", 10)], 40));

    [Theory]
    [InlineData("5GB", 5_000_000_000)]
    [InlineData("200 mb", 200_000_000)]
    [InlineData("1KB", 1000)]
    [InlineData("2TB", 2_000_000_000_000)]
    [InlineData("123", 123)]
    public void Parse_Size_IsInPowersOfThousand(string text, long bytes) => Assert.Equal(bytes, ShardSize.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("GB")]
    [InlineData("-1GB")]
    [InlineData("0")]
    [InlineData("1.5GB")]
    [InlineData("5GiB")]
    [InlineData("99999999999TB")]
    [InlineData("five")]
    public void Parse_NoSize_SaysSo(string text) => Assert.Contains("not a size", Assert.Throws<FormatException>(() => ShardSize.Parse(text)).Message, StringComparison.Ordinal);
}
