using System.Text;
using PeftSharp.Kernels;
using PeftSharp.Tensors;
using PeftSharp.Testing;
using TorchSharp;
using Xunit;

namespace PeftSharp.Tests.Tensors;

public sealed class SafetensorsWriterTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Every file that Python wrote into the fixtures and assets.</summary>
    public static TheoryData<string> PythonFiles
    {
        get
        {
            TheoryData<string> files = [];
            foreach ((string root, string prefix) in new[] { (Fixtures.Root, "fixtures"), (Fixtures.Asset(), "assets") })
                if (Directory.Exists(root))
                    foreach (string path in Directory.EnumerateFiles(root, "*.safetensors", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
                        files.Add(Path.Combine(prefix, Path.GetRelativePath(root, path)));
            return files;
        }
    }

    [Theory]
    [MemberData(nameof(PythonFiles))]
    public void Write_TensorsOfAPythonFile_GivesTheSameBytes(string name)
    {
        string relative = name[(name.IndexOf(Path.DirectorySeparatorChar, StringComparison.Ordinal) + 1)..];
        string path = name.StartsWith("assets", StringComparison.Ordinal) ? Fixtures.Asset(relative) : Fixtures.PathOf(relative);
        using (SafetensorsFile file = SafetensorsFile.Open(path))
        using (torch.NewDisposeScope())
        {
            // Another order than the file's: the writer has its own.
            IEnumerable<(string, torch.Tensor)> tensors = file.Names.OrderBy(n => n.Length).ThenByDescending(n => n, StringComparer.Ordinal).Select(n => (n, file.Load(n)));
            SafetensorsWriter.Write(_folder.At("again"), tensors, file.HasMetadata ? file.Metadata : null);
        }
        Assert.True(File.ReadAllBytes(path).AsSpan().SequenceEqual(File.ReadAllBytes(_folder.At("again"))), $"{path} is not written as Python wrote it.");
    }

    [Fact]
    public void Write_MixedDTypes_OrdersByFallingDTypeThenUtf8Name()
    {
        using IDisposable scope = torch.NewDisposeScope();
        torch.Tensor Of(torch.ScalarType type) => torch.ones(1, dtype: type);
        SafetensorsWriter.Write(_folder.At("x"),
        [
            ("bool", Of(torch.ScalarType.Bool)), ("u8", Of(torch.ScalarType.Byte)), ("i8", Of(torch.ScalarType.Int8)), ("i16", Of(torch.ScalarType.Int16)),
            ("f16", Of(torch.ScalarType.Float16)), ("bf16", Of(torch.ScalarType.BFloat16)), ("i32", Of(torch.ScalarType.Int32)), ("f64", Of(torch.ScalarType.Float64)),
            ("i64", Of(torch.ScalarType.Int64)), ("\U0001F600", Of(torch.ScalarType.Float32)), ("\uFFFD", Of(torch.ScalarType.Float32)), ("b", Of(torch.ScalarType.Float32)), ("B", Of(torch.ScalarType.Float32)),
        ]);
        using SafetensorsFile file = SafetensorsFile.Open(_folder.At("x"));
        Assert.Equal(["i64", "f64", "B", "b", "\uFFFD", "\U0001F600", "i32", "bf16", "f16", "i16", "i8", "u8", "bool"], file.Names);
        Assert.False(file.HasMetadata);
    }

    [Fact]
    public void Write_OneTensor_GivesTheKnownBytes()
    {
        using torch.Tensor t = torch.tensor(new float[] { 1, 2 });
        SafetensorsWriter.Write(_folder.At("x"), [("a\"\\\n\u0001é", t)], [new("format", "pt")]);
        byte[] bytes = File.ReadAllBytes(_folder.At("x"));
        string json = "{\"__metadata__\":{\"format\":\"pt\"},\"a\\\"\\\\\\n\\u0001é\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}";
        int length = (Encoding.UTF8.GetByteCount(json) + 7) / 8 * 8;
        Assert.Equal(length, BitConverter.ToInt64(bytes));
        Assert.Equal(json, Encoding.UTF8.GetString(bytes, 8, length).TrimEnd(' '));
        Assert.Equal(8 + length + 8, bytes.Length);
        Assert.Equal(2f, BitConverter.ToSingle(bytes, 8 + length + 4));
    }

    [Fact]
    public void Write_StridedGradientAndEmptyTensors_RoundTrip()
    {
        using IDisposable scope = torch.NewDisposeScope();
        torch.Tensor strided = ScalarMath.Range(0, 12, torch.CPU).to(torch.ScalarType.Float32).view(3, 4).t();
        torch.Tensor grad = torch.ones(2, 2, requires_grad: true);
        torch.Tensor part = ScalarMath.Range(0, 10, torch.CPU).narrow(0, 3, 4);
        SafetensorsWriter.Write(_folder.At("x"), [("s", strided), ("g", grad), ("p", part), ("e", torch.empty(0, 3)), ("n", torch.tensor(4.0))]);
        using SafetensorsFile file = SafetensorsFile.Open(_folder.At("x"));
        Assert.True(file.Load("s").Equals(strided));
        Assert.Equal([3L, 4L, 5L, 6L], file.Load("p").data<long>().ToArray());
        Assert.Equal([0L, 3L], file.Info("e").Shape);
        Assert.Empty(file.Info("n").Shape);
        Assert.True(grad.requires_grad);
        Assert.False(file.Load("g").requires_grad);
    }

    [Fact]
    public void Write_NothingAtAll_IsAnEmptyFileOfTheFormat()
    {
        SafetensorsWriter.Write(_folder.At("x"), []);
        Assert.Equal("{}      ", Encoding.ASCII.GetString(File.ReadAllBytes(_folder.At("x"))[8..]));
        SafetensorsWriter.Write(_folder.At("x"), [], []);
        Assert.StartsWith("{\"__metadata__\":{}}", Encoding.ASCII.GetString(File.ReadAllBytes(_folder.At("x"))[8..]), StringComparison.Ordinal);
    }

    [Fact]
    public void Write_BadNamesOrDTypes_ThrowAndLeaveTheOldFile()
    {
        string path = _folder.Put("x", "old");
        using torch.Tensor t = torch.ones(1), complex = torch.zeros(1, dtype: torch.ScalarType.ComplexFloat64);
        Assert.Contains("two tensors", Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(path, [("a", t), ("a", t)])).Message, StringComparison.OrdinalIgnoreCase);
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(path, [("__metadata__", t)]));
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(path, [("\ud800", t)]));
        Assert.Contains("ComplexFloat64", Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(path, [("c", complex)])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(path, [("a", t)], [new("k", "1"), new("k", "2")]));
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Single(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void Write_TensorDisposedMidway_LeavesTheOldFileAndNoTemporary()
    {
        string path = _folder.Put("x", "old");
        torch.Tensor t = torch.ones(1000), u = torch.ones(1000);
        IEnumerable<(string, torch.Tensor)> Tensors()
        {
            yield return ("a", t);
            yield return ("b", u);
            t.Dispose();
        }
        Assert.ThrowsAny<Exception>(() => SafetensorsWriter.Write(path, Tensors()));
        u.Dispose();
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Single(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void Write_OverTheFileThatIsMapped_KeepsTheLoadedTensors()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows does not let a mapped file be replaced");
        string path = _folder.Put("x", RawSafetensors.Valid());
        using SafetensorsFile file = SafetensorsFile.Open(path);
        using torch.Tensor f32 = file.Load("f32"), twice = f32.Times(2);
        SafetensorsWriter.Write(path, [("f32", twice)]);
        Assert.Equal(file.ReadBytes("f32"), f32.bytes.ToArray());
        using SafetensorsFile again = SafetensorsFile.Open(path);
        using torch.Tensor read = again.Load("f32");
        Assert.True(read.Equals(twice));
    }
}
