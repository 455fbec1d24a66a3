using System.Runtime.InteropServices;
using PeftSharp.Tensors;
using PeftSharp.Tensors.Gguf;
using PeftSharp.Testing;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Tensors.Gguf;

public sealed class GgufFileTests : IDisposable
{
    private readonly RandomTensors _random = new(seed: 1);
    private static readonly string _container = Fixtures.PathOf("quant", "container.gguf");
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Open_Container_HasMetadataOfEveryKindItHolds()
    {
        using GgufFile file = GgufFile.Open(_container);
        Assert.Equal(3, file.Version);
        Assert.Equal(32, file.Alignment);
        Assert.Equal("llama", file.Entries.Text("general.architecture"));
        Assert.True(file.Entries.TryGet("fixture.seed", out object? seed) && seed is uint);
        Assert.True(file.Entries.TryGet("fixture.f32", out object? number) && number is float);
        Assert.Equal("Ħello 😀", file.Entries.Text("fixture.text"));
        Assert.True(file.Entries.Flag("fixture.flag", false));
        Assert.Equal([1, -2, 3], file.Entries.Items<int>("fixture.ints"));
        Assert.Equal(["a", "ż", ""], file.Entries.Items<string>("fixture.strings"));
        Assert.Equal([0.5f, -1.25f], file.Entries.Items<float>("fixture.floats"));
        Assert.Equal("3 × String", file.Metadata["fixture.strings"]);
    }

    /// <summary>Tensors are named INPUT.type: values equal those that gguf-py decodes, the plain ones the input rounded.</summary>
    [Fact]
    public void Load_Container_EqualsGoldens()
    {
        using GgufFile file = GgufFile.Open(_container);
        using SafetensorsFile goldens = SafetensorsFile.Open(Fixtures.PathOf("quant", "gguf.safetensors"));
        using SafetensorsFile inputs = SafetensorsFile.Open(Fixtures.PathOf("quant", "inputs.safetensors"));
        using var scope = NewDisposeScope();
        Assert.NotEmpty(file.Tensors);
        foreach (GgufTensorInfo info in file.Tensors)
        {
            string input = info.Name.Split('.')[0];
            Tensor loaded = file.Load(info.Name);
            Tensor expected = info.Type.ToStoredDType() is { } plain
                ? inputs.Load(input).to(plain.ToScalarType()!.Value)
                : goldens.Load($"{info.Type}.{input}.dequant");
            Assert.Equal(expected.dtype, loaded.dtype);
            Assert.Equal(expected.bytes.ToArray(), loaded.bytes.ToArray());
            Assert.Equal(expected.shape, loaded.shape);
            Assert.Equal(expected.to(ScalarType.BFloat16).bytes.ToArray(), file.Load(info.Name, ScalarType.BFloat16).bytes.ToArray());
        }
    }

    [Fact]
    public void Write_Container_SameBytes()
    {
        using GgufFile file = GgufFile.Open(_container);
        string copy = _folder.At("copy.gguf");
        GgufWriter.Write(copy, file.Entries, [.. file.Names.Select(name => GgufTensor.Copy(file, name))]);
        Assert.Equal(File.ReadAllBytes(_container), File.ReadAllBytes(copy));
    }

    [Fact]
    public void Open_Version2_ReadsTheSame()
    {
        byte[] bytes = File.ReadAllBytes(_container);
        bytes[4] = 2;
        using GgufFile file = GgufFile.Open(_folder.Put("v2.gguf", bytes));
        using GgufFile original = GgufFile.Open(_container);
        Assert.Equal(2, file.Version);
        Assert.Equal(original.Names, file.Names);
        Assert.Equal(original.Metadata, file.Metadata);
    }

    [Fact]
    public void Open_ThroughCheckpoint_TellsBlocksAsWhatTheyLoadAs()
    {
        using ICheckpoint checkpoint = Checkpoint.Open(_container);
        GgufFile file = Assert.IsType<GgufFile>(checkpoint);
        foreach (GgufTensorInfo tensor in file.Tensors)
        {
            TensorInfo info = checkpoint.Info(tensor.Name);
            using Tensor loaded = checkpoint.Load(tensor.Name);
            Assert.Equal(info.DType.ToScalarType(), loaded.dtype);
            Assert.Equal(info.Shape, loaded.shape);
            Assert.Equal(info.ByteLength, loaded.bytes.Length);
            Assert.Equal(tensor.ByteLength, info.StoredByteLength);
            Assert.Equal(tensor.Type.ToStoredDType() is null ? tensor.Type.ToString() : null, info.Packing);
        }
        File.Copy(_container, _folder.At("only.gguf"));
        using ICheckpoint inFolder = Checkpoint.Open(_folder.Path);
        Assert.Equal(checkpoint.Names, inFolder.Names);
        File.Copy(_container, _folder.At("second.gguf"));
        Assert.Contains("several GGUF files", Assert.Throws<InvalidDataException>(() => Checkpoint.Open(_folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_UnknownName_SaysWhatThereIs()
    {
        using GgufFile file = GgufFile.Open(_container);
        Assert.Contains(file.Names[0], Assert.Throws<InvalidDataException>(() => file.Load("no.such")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_BlocksWithoutDecoder_NamesTypeAndTensor()
    {
        RawGguf raw = new();
        raw.Tensors.Add(new("t", [256], (uint)GgmlType.IQ2_XXS, 0));
        using GgufFile file = GgufFile.Open(_folder.Put("grid.gguf", raw.ToBytes(dataLength: 66)));
        string message = Assert.Throws<NotSupportedException>(() => file.Load("t")).Message;
        Assert.Contains("IQ2_XXS", message, StringComparison.Ordinal);
        Assert.Contains("\"t\"", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_FileCutAfterOpening_SaysSo()
    {
        string path = _folder.Put("cut.gguf", File.ReadAllBytes(_container));
        using GgufFile file = GgufFile.Open(path);
        using (FileStream stream = new(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete))
            stream.SetLength(700);
        foreach (GgufTensorInfo tensor in file.Tensors.Where(tensor => tensor.Type.ToStoredDType() is null))
            Assert.Contains("shorter", Assert.Throws<InvalidDataException>(() => file.Load(tensor.Name)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_LargeTensor_EqualsItsRowsOneByOne()
    {
        // More values than are decoded at once, and no multiple of that.
        long rows = 1031;
        using Tensor values = _random.Uniform(rows, 96);
        string path = _folder.At("large.gguf");
        GgufWriter.Write(path, [], [GgufTensor.Encode("t", GgmlType.Q8_0, [rows, 96], () => values.alias())]);
        using GgufFile file = GgufFile.Open(path);
        using Tensor whole = file.Load("t");
        byte[] blocks = new byte[file.Tensor("t").ByteLength];
        file.ReadBytes(file.Tensor("t"), 0, blocks);
        float[] expected = new float[rows * 96];
        PeftSharp.Tensors.Gguf.Blocks.BlockDecoder.Decode(GgmlType.Q8_0, blocks, expected);
        Assert.Equal(MemoryMarshal.AsBytes(expected.AsSpan()).ToArray(), whole.bytes.ToArray());
        using Tensor error = whole.sub(values).abs();
        Assert.InRange(error.max().item<float>(), 0, 0.005f);
    }
}
