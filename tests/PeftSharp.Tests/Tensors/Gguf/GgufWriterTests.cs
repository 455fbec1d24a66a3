using PeftSharp.Tensors.Gguf;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Tensors.Gguf;

public sealed class GgufWriterTests : IDisposable
{
    private readonly RandomTensors _random = new(seed: 1);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Write_EveryValueType_ReadsBackTheSame()
    {
        GgufMetadata metadata = new()
        {
            { "u8", (byte)200 }, { "i8", (sbyte)-3 }, { "u16", (ushort)60000 }, { "i16", (short)-300 }, { "u32", 4_000_000_000u }, { "i32", -5 },
            { "f32", float.NaN }, { "bool", true }, { "text", "ż\n\"" }, { "u64", ulong.MaxValue }, { "i64", long.MinValue }, { "f64", double.NegativeInfinity },
            { "bytes", new byte[] { 1, 2 } }, { "flags", new[] { true, false } }, { "doubles", new[] { 0.1, -0.0 } }, { "none", Array.Empty<string>() },
            { "nested", new[] { new GgufArray(new[] { "a", "" }), new GgufArray(Array.Empty<long>()) } },
        };
        string path = _folder.At("all.gguf"), again = _folder.At("again.gguf");
        GgufWriter.Write(path, metadata, []);
        using GgufFile file = GgufFile.Open(path);
        Assert.Equal(metadata.Select(pair => pair.Key), file.Entries.Select(pair => pair.Key));
        foreach ((string key, object value) in metadata)
        {
            Assert.True(file.Entries.TryGet(key, out object? found));
            if (value is GgufArray array)
                Assert.Equal(array.Items.GetType(), Assert.IsType<GgufArray>(found).Items.GetType());
            else
                Assert.Equal(value, found);
        }
        GgufWriter.Write(again, file.Entries, []);
        Assert.Equal(File.ReadAllBytes(path), File.ReadAllBytes(again));
    }

    [Theory]
    [InlineData(GgmlType.F32, 0)]
    [InlineData(GgmlType.F16, 0.001)]
    [InlineData(GgmlType.BF16, 0.005)]
    [InlineData(GgmlType.Q8_0, 0.005)]
    [InlineData(GgmlType.Q4_0, 0.08)]
    [InlineData(GgmlType.Q4_1, 0.08)]
    public void Write_EveryType_LoadsWithinItsPrecision(GgmlType type, double tolerance)
    {
        using Tensor values = _random.Uniform(3, 5, 64).to(ScalarType.BFloat16);
        string path = _folder.At("t.gguf");
        GgufMetadata metadata = new() { { "general.alignment", 64u } };
        GgufWriter.Write(path, metadata, [GgufTensor.Encode("a", GgmlType.F32, [1], () => ones(1)), GgufTensor.Encode("t", type, [3, 5, 64], () => values.alias())]);
        using GgufFile file = GgufFile.Open(path);
        Assert.Equal(0, file.Tensor("t").Offset % 64);
        using Tensor loaded = file.Load("t", ScalarType.Float32);
        using Tensor error = loaded.sub(values).abs().max();
        Assert.InRange(error.item<float>(), 0, tolerance);
        Assert.Equal(0, new FileInfo(path).Length % 64);
    }

    [Theory]
    [InlineData(GgmlType.Q8_0, float.NaN)]
    [InlineData(GgmlType.Q4_0, float.NaN)]
    [InlineData(GgmlType.Q4_1, float.NaN)]
    [InlineData(GgmlType.Q4_1, float.PositiveInfinity)]
    [InlineData(GgmlType.Q8_0, 1e20f)]
    [InlineData(GgmlType.F16, 70000f)]
    [InlineData(GgmlType.BF16, float.MaxValue)]
    public void Write_ValueThatTheTypeCannotHold_ThrowsAndLeavesNothing(GgmlType type, float value)
    {
        using Tensor values = zeros(32);
        values[7] = value;
        string path = _folder.At("t.gguf");
        PeftException error = Assert.Throws<PeftException>(() => GgufWriter.Write(path, [], [GgufTensor.Encode("t", type, [32], () => values.alias())]));
        Assert.Contains(type.ToString(), error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void Write_WrongRequests_Throw()
    {
        string path = _folder.At("t.gguf");
        GgufTensor one = GgufTensor.Encode("t", GgmlType.F32, [1], () => ones(1));
        Assert.Contains("Two tensors", Assert.Throws<ArgumentException>(() => GgufWriter.Write(path, [], [one, one])).Message, StringComparison.Ordinal);
        Assert.Contains("power of two", Assert.Throws<ArgumentException>(() => GgufWriter.Write(path, new() { { "general.alignment", 24u } }, [])).Message, StringComparison.Ordinal);
        Assert.Contains("more than 63", Assert.Throws<ArgumentException>(() => GgufWriter.Write(path, [], [GgufTensor.Encode(new string('t', 64), GgmlType.F32, [1], () => ones(1))])).Message, StringComparison.Ordinal);
        Assert.Contains("packs 32", Assert.Throws<ArgumentException>(() => GgufTensor.Encode("t", GgmlType.Q8_0, [31], () => ones(31))).Message, StringComparison.Ordinal);
        Assert.Contains("cannot be written", Assert.Throws<ArgumentException>(() => GgufTensor.Encode("t", GgmlType.Q5_1, [32], () => ones(32))).Message, StringComparison.Ordinal);
        Assert.Contains("announced", Assert.Throws<ArgumentException>(() => GgufWriter.Write(path, [], [GgufTensor.Encode("t", GgmlType.F32, [2], () => ones(1))])).Message, StringComparison.Ordinal);
        Assert.Contains("there already", Assert.Throws<ArgumentException>(() => new GgufMetadata { { "k", 1 }, { "k", 2 } }).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new GgufMetadata { { "k", DateTime.Now } });
        Assert.Throws<ArgumentException>(() => new GgufMetadata { { "k", new[] { 'c' } } });
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }
}
