using PeftSharp.Tensors;
using PeftSharp.Tests.Tensors.Pickle;
using TorchSharp;
using Xunit;
using static PeftSharp.Tests.Tensors.RawSafetensors;

namespace PeftSharp.Tests.Tensors;

public sealed class CheckpointTests : IDisposable
{
    private const string Index = "model.safetensors.index.json";
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static byte[] Shard(params string[] names) =>
        Of("{\"__metadata__\":{\"format\":\"pt\"}" + string.Concat(names.Select((n, i) => $",\"{n}\":{Entry("U8", "1", $"{i},{i + 1}")}")) + "}", [.. names.Select(n => (byte)n[0])]);

    private static string Map(params (string Name, string File)[] map) =>
        $"{{\"metadata\":{{\"total_size\":3}},\"weight_map\":{{{string.Join(',', map.Select(m => $"{System.Text.Json.JsonSerializer.Serialize(m.Name)}:{System.Text.Json.JsonSerializer.Serialize(m.File)}"))}}}}}";

    private T Fails<T>(string index) where T : Exception
    {
        _folder.Put(Index, index);
        return Assert.Throws<T>(() => Checkpoint.Open(_folder.Path));
    }

    [Theory]
    [InlineData("model.safetensors")]
    [InlineData("adapter_model.safetensors")]
    public void Open_FolderWithOneFile_ReadsIt(string name)
    {
        _folder.Put(name, Shard("a", "b"));
        using ICheckpoint checkpoint = Checkpoint.Open(_folder.Path);
        Assert.Equal(["a", "b"], checkpoint.Names);
        Assert.Equal("pt", checkpoint.Metadata["format"]);
        using torch.Tensor b = checkpoint.Load("b");
        Assert.Equal((byte)'b', b.data<byte>()[0]);
    }

    [Fact]
    public void Open_ShardedFolder_ReadsAllShards()
    {
        _folder.Put("s1.safetensors", Shard("a", "b"));
        _folder.Put("s2.safetensors", Shard("c", "unlisted"));
        _folder.Put(Index, Map(("a", "s1.safetensors"), ("b", "s1.safetensors"), ("c", "s2.safetensors")));
        foreach (string path in new[] { _folder.Path, _folder.At(Index) })
        {
            using ICheckpoint checkpoint = Checkpoint.Open(path);
            Assert.Equal(["a", "b", "c", "unlisted"], checkpoint.Names);
            Assert.Equal("pt", checkpoint.Metadata["format"]);
            Assert.True(checkpoint.Contains("c"));
            Assert.Equal(StoredDType.U8, checkpoint.Info("c").DType);
            using torch.Tensor c = checkpoint.Load("c");
            Assert.Equal((byte)'c', c.data<byte>()[0]);
            Assert.Contains("\"none\"", Assert.Throws<InvalidDataException>(() => checkpoint.Load("none")).Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("../s.safetensors")]
    [InlineData("..")]
    [InlineData("/etc/passwd")]
    [InlineData("sub/s.safetensors")]
    [InlineData("sub\\s.safetensors")]
    [InlineData("C:s.safetensors")]
    [InlineData("")]
    [InlineData("s\0.safetensors")]
    public void Open_ShardNameThatIsNotPlain_IsRefused(string name) =>
        Assert.Contains("plain file name", Fails<InvalidDataException>(Map(("a", name))).Message, StringComparison.Ordinal);

    [Fact]
    public void Open_MissingShard_NamesIt() =>
        Assert.Contains("s9.safetensors", Fails<FileNotFoundException>(Map(("a", "s9.safetensors"))).Message, StringComparison.Ordinal);

    [Fact]
    public void Open_ShardWithoutTheTensor_NamesBoth()
    {
        _folder.Put("s1.safetensors", Shard("a"));
        string message = Fails<InvalidDataException>(Map(("a", "s1.safetensors"), ("b", "s1.safetensors"))).Message;
        Assert.Contains("\"b\" is in s1.safetensors, which does not have it", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_TensorInTwoShards_IsRefused()
    {
        _folder.Put("s1.safetensors", Shard("a"));
        _folder.Put("s2.safetensors", Shard("b", "a"));
        string message = Fails<InvalidDataException>(Map(("a", "s1.safetensors"), ("b", "s2.safetensors"))).Message;
        Assert.Contains("\"a\" is in s1.safetensors and again in s2.safetensors", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"weight_map\":{\"a\":\"s\",\"a\":\"s\"}}", "\"a\" twice")]
    [InlineData("{\"weight_map\":{},\"weight_map\":{}}", "weight_map appears twice")]
    [InlineData("{\"weight_map\":{\"a\":1}}", "other than a file name")]
    [InlineData("{\"weight_map\":[]}", "not an object")]
    [InlineData("{\"metadata\":{}}", "no weight_map")]
    [InlineData("[]", "not a JSON object")]
    [InlineData("{", "not valid JSON")]
    [InlineData("", "is empty")]
    [InlineData("{\"weight_map\":{\"\\ud800\":\"s\"}}", "not text")]
    public void Open_BadIndex_SaysWhy(string index, string expected)
    {
        string message = Fails<InvalidDataException>(index).Message;
        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.Contains(Index, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_DeeplyNestedIndex_IsRefused() =>
        Assert.Contains("not valid JSON", Fails<InvalidDataException>("{\"metadata\":" + new string('[', 200_000)).Message, StringComparison.Ordinal);

    [Fact]
    public void Open_FolderWithOtherFormats_SaysWhatItFound()
    {
        _folder.Put("some.pt", "x");
        string message = Assert.Throws<FileNotFoundException>(() => Checkpoint.Open(_folder.Path)).Message;
        Assert.Contains("some.pt", message, StringComparison.Ordinal);
        Assert.Contains("pytorch_model.bin.index.json", message, StringComparison.Ordinal);
        Assert.Contains("model.safetensors", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pytorch_model.bin")]
    [InlineData("adapter_model.bin")]
    public void Open_FolderWithAPickle_ReadsIt(string name)
    {
        _folder.Put(name, PickleOf("a"));
        using ICheckpoint checkpoint = Checkpoint.Open(_folder.Path);
        Assert.Equal(["a"], checkpoint.Names);
    }

    [Fact]
    public void Open_FolderWithBothFormats_TakesTheSafetensors()
    {
        _folder.Put("pytorch_model.bin", PickleOf("pickle"));
        _folder.Put("model.safetensors", Shard("safe"));
        using ICheckpoint checkpoint = Checkpoint.Open(_folder.Path);
        Assert.Equal(["safe"], checkpoint.Names);
    }

    [Fact]
    public void Open_ShardsOfTorchSave_ReadsAll()
    {
        _folder.Put("pytorch_model-00001-of-00002.bin", PickleOf("a"));
        _folder.Put("pytorch_model-00002-of-00002.bin", PickleOf("b"));
        _folder.Put("pytorch_model.bin.index.json", Map(("a", "pytorch_model-00001-of-00002.bin"), ("b", "pytorch_model-00002-of-00002.bin")));
        using ICheckpoint checkpoint = Checkpoint.Open(_folder.Path);
        Assert.Equal(["a", "b"], checkpoint.Names);
        using torch.Tensor b = checkpoint.Load("b");
        Assert.Equal([1f, 2f], b.data<float>().ToArray());
    }

    [Fact]
    public void Open_IndexThatNamesAnIndex_IsRefused()
    {
        _folder.Put("model.safetensors.index.json", Map(("a", "model.safetensors.index.json")));
        Assert.Contains("not a safetensors file", Assert.Throws<InvalidDataException>(() => Checkpoint.Open(_folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_ShardThatIsALink_IsRead()
    {
        Directory.CreateDirectory(_folder.At("model"));
        _folder.Put("outside.safetensors", Shard("a"));
        File.CreateSymbolicLink(_folder.At("model", "s.safetensors"), _folder.At("outside.safetensors"));
        _folder.Put(Path.Combine("model", Index), Map(("a", "s.safetensors")));
        using ICheckpoint file = Checkpoint.Open(_folder.At("model"));
        Assert.Equal(["a"], file.Names);
    }

    [Fact]
    public void Open_WeightsThatAreALink_AreRead()
    {
        Directory.CreateDirectory(_folder.At("model"));
        _folder.Put("outside.bin", PickleOf("a"));
        File.CreateSymbolicLink(_folder.At("model", "pytorch_model.bin"), _folder.At("outside.bin"));
        using ICheckpoint file = Checkpoint.Open(_folder.At("model"));
        Assert.Equal(["a"], file.Names);
    }

    private static byte[] PickleOf(string name) => RawTorch.Zip(RawPickle.Dict(name, p => p.Tensor("FloatStorage", "0", 2, 0, [2], [1])), ("0", RawTorch.Floats(1, 2)));

    [Fact]
    public void Open_NothingThere_Throws() =>
        Assert.Throws<FileNotFoundException>(() => Checkpoint.Open(_folder.At("none")));
}
