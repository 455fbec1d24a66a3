using PeftSharp.Kernels;
using PeftSharp.Tensors;
using TorchSharp;
using Xunit;
using static PeftSharp.Tests.Tensors.RawSafetensors;

namespace PeftSharp.Tests.Tensors;

public sealed class SafetensorsFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_EveryDType_HasTheStoredBits()
    {
        using SafetensorsFile file = SafetensorsFile.Open(_folder.Put("x", Valid()));
        foreach (string name in file.Names.Where(n => n is not ("f8" or "bool")))
        {
            using torch.Tensor tensor = file.Load(name);
            Assert.Equal(file.Info(name).DType, tensor.dtype.ToStoredDType());
            Assert.Equal(file.Info(name).Shape, tensor.shape);
            Assert.Equal(file.ReadBytes(name), tensor.bytes.ToArray());
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    public void Load_DataAtAnyAlignment_IsTheSame(int padding)
    {
        string json = "{\"a\":" + Entry("F32", "2", "0,8") + ",\"b\":" + Entry("I64", "1", "8,16") + ",\"c\":" + Entry("BF16", "1", "16,18") + "}";
        json = json.PadRight((json.Length + 7) / 8 * 8 + padding);
        byte[] data = [.. BitConverter.GetBytes(1.5f), .. BitConverter.GetBytes(-2f), .. BitConverter.GetBytes(1L << 40), 0x80, 0x3F];
        using SafetensorsFile file = SafetensorsFile.Open(_folder.Put("x", Of(json, data)));
        using torch.Tensor a = file.Load("a"), b = file.Load("b"), c = file.Load("c"), f = c.to(torch.ScalarType.Float32);
        Assert.Equal([1.5f, -2f], a.data<float>().ToArray());
        Assert.Equal(1L << 40, b.item<long>());
        Assert.Equal(1f, f.item<float>());
    }

    [Fact]
    public void Load_BoolThatIsNeitherZeroNorOne_BecomesTrue()
    {
        using SafetensorsFile file = SafetensorsFile.Open(_folder.Put("x", Of("{\"a\":" + Entry("BOOL", "4", "0,4") + "}", 0, 1, 2, 255)));
        using torch.Tensor a = file.Load("a");
        Assert.Equal(torch.ScalarType.Bool, a.dtype);
        Assert.Equal([0, 1, 1, 1], a.bytes.ToArray());
    }

    [Theory]
    [InlineData("U16", 2)]
    [InlineData("U32", 4)]
    [InlineData("U64", 8)]
    public void Load_DTypeTorchSharpLacks_OpensAndSaysSoOnlyWhenLoaded(string dtype, int size)
    {
        using SafetensorsFile file = SafetensorsFile.Open(_folder.Put("x", Of("{\"a\":" + Entry(dtype, "1", $"0,{size}") + "}", new byte[size])));
        Assert.Equal(size, file.ReadBytes("a").Length);
        NotSupportedException e = Assert.Throws<NotSupportedException>(() => file.Load("a"));
        Assert.Contains(dtype, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("F8_E4M3", new float[] { 0, -0f, 1, -2, 448, 0.001953125f, float.NaN })]
    [InlineData("F8_E5M2", new float[] { 0, -0f, 0.5f, -8, 384, 0.0000152587890625f, float.NaN })]
    [InlineData("F8_E8M0", new float[] { 5.877471754111438e-39f, 2, 5.169878828456423e-26f, 36893488147419103232f, 0.5f, 1.1754943508222875e-38f, float.NaN })]
    public void Load_Float8_IsBFloat16OfTheSameValue(string dtype, float[] expected)
    {
        byte[] codes = dtype == "F8_E8M0" ? [0, 128, 43, 192, 126, 1, 255] : dtype == "F8_E5M2" ? [0, 0x80, 0x38, 0xC8, 0x5E, 1, 0x7F] : [0, 0x80, 0x38, 0xC0, 0x7E, 1, 0x7F];
        using SafetensorsFile file = SafetensorsFile.Open(_folder.Put("x", Of("{\"a\":" + Entry(dtype, "7,1", "0,7") + "}", codes)));
        using torch.Tensor a = file.Load("a"), f = a.to(torch.ScalarType.Float32);
        Assert.Equal(torch.ScalarType.BFloat16, a.dtype);
        Assert.Equal([7, 1], a.shape);
        Assert.Equal(expected, f.data<float>().ToArray());
    }

    [Fact]
    public void Load_AlignedTensors_ShareOneMappingAndNoCopy()
    {
        using SafetensorsFile file = SafetensorsFile.Open(_folder.Put("x", Valid()));
        using torch.Tensor a = file.Load("f32"), b = file.Load("f32");
        a.FillInPlace(7);
        Assert.Equal(7f, b.data<float>()[0]);
        Assert.Equal(Valid(), File.ReadAllBytes(_folder.At("x")));
    }

    [Fact]
    public void Load_FileDisposedFirst_TensorStaysValid()
    {
        SafetensorsFile file = SafetensorsFile.Open(_folder.Put("x", Valid()));
        byte[] expected = file.ReadBytes("f32");
        using torch.Tensor a = file.Load("f32");
        file.Dispose();
        Assert.Equal(expected, a.bytes.ToArray());
        Assert.Throws<ObjectDisposedException>(() => file.Load("f32"));
        Assert.Throws<ObjectDisposedException>(() => file.ReadBytes("f32"));
        file.Dispose();
    }

    [Fact]
    public void Load_InsideADisposeScope_SecondLoadStillWorks()
    {
        using SafetensorsFile file = SafetensorsFile.Open(_folder.Put("x", Valid()));
        using (torch.NewDisposeScope())
            file.Load("f32");
        using torch.Tensor again = file.Load("f32");
        Assert.Equal(file.ReadBytes("f32"), again.bytes.ToArray());
    }

    [Fact]
    public void Load_NameReplacedMeanwhile_StaysWithTheFileThatWasChecked()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "other systems do not let an open file be replaced");
        using SafetensorsFile file = SafetensorsFile.Open(_folder.Put("x", Valid()));
        byte[] expected = file.ReadBytes("f32");
        PeftSharp.IO.AtomicFile.Write(_folder.At("x"), s => s.Write("nothing of the kind"u8));
        using torch.Tensor a = file.Load("f32");
        Assert.Equal(expected, a.bytes.ToArray());
    }

    [Fact]
    public void Load_FileTruncatedMeanwhile_Throws()
    {
        string path = _folder.Put("x", Valid());
        using SafetensorsFile file = SafetensorsFile.Open(path);
        Truncate(path, 100);
        Assert.Contains("shorter", Assert.Throws<InvalidDataException>(() => file.Load("f32")).Message, StringComparison.Ordinal);
        Assert.Contains("shorter", Assert.Throws<InvalidDataException>(() => file.ReadBytes("f32")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_UnknownName_NamesFileAndTensor()
    {
        using SafetensorsFile file = SafetensorsFile.Open(_folder.Put("x", Valid()));
        InvalidDataException e = Assert.Throws<InvalidDataException>(() => file.Load("no such"));
        Assert.Contains("\"no such\"", e.Message, StringComparison.Ordinal);
        Assert.Contains(_folder.At("x"), e.Message, StringComparison.Ordinal);
        Assert.False(file.Contains("no such"));
    }

    [Fact]
    public void ReadBytes_DestinationOfAnotherLength_Throws()
    {
        using SafetensorsFile file = SafetensorsFile.Open(_folder.Put("x", Valid()));
        Assert.Throws<ArgumentException>(() => file.ReadBytes("f32", new byte[23]));
    }

    [Fact]
    public void Open_MissingFileOrFolder_Throws()
    {
        Assert.Throws<FileNotFoundException>(() => SafetensorsFile.Open(_folder.At("none")));
        Assert.Throws<InvalidDataException>(() => SafetensorsFile.Open(_folder.Path));
    }

    [Fact]
    public void Load_EightThreads_AllReadTheSame()
    {
        using SafetensorsFile file = SafetensorsFile.Open(_folder.Put("x", Valid()));
        string[] names = [.. file.Names.Where(n => n != "f8")];
        Parallel.For(0, 400, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
        {
            string name = names[i % names.Length];
            using torch.Tensor tensor = file.Load(name);
            if (name != "bool")
                Assert.Equal(file.ReadBytes(name), tensor.bytes.ToArray());
        });
    }

    private static void Truncate(string path, long length)
    {
        // The shared lock of the open handle is advisory on Unix and held by this process too: go around it.
        Assert.SkipUnless(OperatingSystem.IsLinux(), "other systems do not let an open file be cut");
        using System.Diagnostics.Process process = System.Diagnostics.Process.Start("truncate", ["-s", length.ToString(System.Globalization.CultureInfo.InvariantCulture), path]);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
