using System.Text;
using PeftSharp.Tensors;
using Xunit;
using static PeftSharp.Tests.Tensors.RawSafetensors;

namespace PeftSharp.Tests.Tensors;

/// <summary>Each rule of the format, broken once.</summary>
public sealed class SafetensorsHeaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static string One(string entry) => $"{{\"a\":{entry}}}";

    public static TheoryData<string, byte[], string> Broken => new()
    {
        { "empty file", [], "fewer than the 8" },
        { "seven bytes", [2, 0, 0, 0, 0, 0, 0], "fewer than the 8" },
        { "no header", [2, 0, 0, 0, 0, 0, 0, 0], "cut short" },
        { "length beyond the file", [9, 0, 0, 0, 0, 0, 0, 0, (byte)'{', (byte)'}'], "cut short" },
        { "length over 100 MB", [1, 0xE1, 0xF5, 0x05, 0, 0, 0, 0, (byte)'{', (byte)'}'], "more than the 100000000" },
        { "length with the top bit", [2, 0, 0, 0, 0, 0, 0, 0x80, (byte)'{', (byte)'}'], "more than the 100000000" },
        { "zero length", Of(""), "does not begin with" },
        { "list", Of("[]"), "does not begin with" },
        { "space first", Of(" {}"), "does not begin with" },
        { "null", Of("null"), "does not begin with" },
        { "not UTF-8", Of([(byte)'{', (byte)'"', 0xC3, 0x28, (byte)'"', (byte)':', (byte)'1', (byte)'}']), "not UTF-8" },
        { "half a surrogate pair", Of("{\"\\ud800\":" + Entry("U8", "0", "0,0") + "}"), "not text" },
        { "unfinished JSON", Of("{\"a\":"), "not valid JSON" },
        { "trailing JSON", Of("{}{}"), "not valid JSON" },
        { "trailing zero", Of("{}\0"), "not valid JSON" },
        { "comment", Of("{/* */}"), "not valid JSON" },
        { "trailing comma", Of("{\"__metadata__\":{},}"), "not valid JSON" },
        { "deep nesting", Of("{\"a\":" + new string('[', 100_000)), "not described by an object" },
        { "deep nesting in an unknown key", Of("{\"a\":{\"x\":" + new string('[', 100_000) + "}}"), "not valid JSON" },
        { "tensor is a number", Of("{\"a\":1}"), "not described by an object" },
        { "tensor twice", Of("{\"a\":" + Entry("U8", "0", "0,0") + ",\"a\":" + Entry("U8", "0", "0,0") + "}"), "\"a\" appears twice" },
        { "tensor twice, escaped", Of("{\"a\":" + Entry("U8", "0", "0,0") + ",\"\\u0061\":" + Entry("U8", "0", "0,0") + "}"), "\"a\" appears twice" },
        { "dtype twice", Of(One("{\"dtype\":\"U8\",\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}")), "dtype twice" },
        { "shape twice", Of(One("{\"dtype\":\"U8\",\"shape\":[0],\"shape\":[0],\"data_offsets\":[0,0]}")), "shape twice" },
        { "offsets twice", Of(One("{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0],\"data_offsets\":[0,0]}")), "data_offsets twice" },
        { "no dtype", Of(One("{\"shape\":[0],\"data_offsets\":[0,0]}")), "lacks dtype" },
        { "no shape", Of(One("{\"dtype\":\"U8\",\"data_offsets\":[0,0]}")), "lacks shape" },
        { "no offsets", Of(One("{\"dtype\":\"U8\",\"shape\":[0]}")), "lacks data_offsets" },
        { "unknown dtype", Of(One(Entry("F33", "0", "0,0"))), "unknown dtype \"F33\"" },
        { "dtype by number", Of(One(Entry("1", "0", "0,0"))), "unknown dtype \"1\"" },
        { "two dtypes", Of(One(Entry("U8, I8", "0", "0,0"))), "unknown dtype" },
        { "lower-case dtype", Of(One(Entry("f32", "0", "0,0"))), "unknown dtype" },
        { "dtype is null", Of(One("{\"dtype\":null,\"shape\":[0],\"data_offsets\":[0,0]}")), "not a string" },
        { "shape is a number", Of(One("{\"dtype\":\"U8\",\"shape\":0,\"data_offsets\":[0,0]}")), "not a list" },
        { "negative size", Of(One(Entry("U8", "-1", "0,0"))), "whole numbers" },
        { "fractional size", Of(One(Entry("U8", "1.5", "0,1")), 0), "whole numbers" },
        { "size in a string", Of(One(Entry("U8", "\"1\"", "0,1")), 0), "whole numbers" },
        { "size of 2^63", Of(One(Entry("U8", "9223372036854775808", "0,1")), 0), "whole numbers" },
        { "product overflows", Of(One(Entry("F32", "4611686018427387904,4", "0,0"))), "overflows" },
        { "bytes overflow", Of(One(Entry("F32", "4611686018427387904", "0,0"))), "overflows" },
        { "product overflows beside a zero", Of(One(Entry("F32", "0,4611686018427387904,4611686018427387904", "0,0"))), "overflows" },
        { "65 dimensions", Of(One(Entry("U8", string.Join(',', Enumerable.Repeat(1, 65)), "0,1")), 0), "more than 64" },
        { "one offset", Of(One(Entry("U8", "0", "0"))), "1 data_offsets" },
        { "three offsets", Of(One(Entry("U8", "0", "0,0,0"))), "more than 2" },
        { "end before begin", Of(One(Entry("U8", "1", "1,0")), 0), "lies at 1 to 0" },
        { "end beyond the data", Of(One(Entry("U8", "2", "0,2")), 0), "lies at 0 to 2 of 1" },
        { "huge end", Of(One(Entry("U8", "2", "0,9223372036854775807")), 0), "lies at 0 to" },
        { "too few bytes for the shape", Of(One(Entry("F32", "2", "0,4")), 0, 0, 0, 0), "takes 8 bytes, its data_offsets say 4" },
        { "too many bytes for the shape", Of(One(Entry("F32", "1", "0,8")), new byte[8]), "takes 4 bytes, its data_offsets say 8" },
        { "hole at the start", Of(One(Entry("U8", "1", "1,2")), 0, 0), "after a hole" },
        { "hole in the middle", Of("{\"a\":" + Entry("U8", "1", "0,1") + ",\"b\":" + Entry("U8", "1", "2,3") + "}", 0, 0, 0), "after a hole" },
        { "overlap", Of("{\"a\":" + Entry("U8", "2", "0,2") + ",\"b\":" + Entry("U8", "2", "1,3") + "}", 0, 0, 0), "inside the one before" },
        { "same place twice", Of("{\"a\":" + Entry("U8", "2", "0,2") + ",\"b\":" + Entry("U8", "2", "0,2") + "}", 0, 0), "inside the one before" },
        { "trailing data", Of(One(Entry("U8", "1", "0,1")), 0, 0), "1 bytes after the last tensor" },
        { "data without tensors", Of("{}", 0), "1 bytes after the last tensor" },
        { "metadata is a list", Of("{\"__metadata__\":[]}"), "__metadata__ is not an object" },
        { "metadata value is a number", Of("{\"__metadata__\":{\"a\":1}}"), "\"a\", which is not a string" },
        { "metadata value is an object", Of("{\"__metadata__\":{\"a\":{}}}"), "\"a\", which is not a string" },
        { "metadata twice", Of("{\"__metadata__\":{},\"__metadata__\":{}}"), "__metadata__ appears twice" },
        { "metadata key twice", Of("{\"__metadata__\":{\"a\":\"\",\"a\":\"\"}}"), "\"a\" twice" },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public void Open_BrokenRule_SaysWhichAndWhere(string rule, byte[] bytes, string expected)
    {
        string path = _folder.Put("x.safetensors", bytes);
        InvalidDataException e = Assert.Throws<InvalidDataException>(() => SafetensorsFile.Open(path));
        Assert.True(e.Message.Contains(expected, StringComparison.Ordinal), $"{rule}: {e.Message}");
        Assert.Contains(path, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("{}       ")]
    [InlineData("{ \"__metadata__\" : { } }\n\t ")]
    public void Open_NoTensors_IsEmpty(string json)
    {
        using SafetensorsFile file = SafetensorsFile.Open(_folder.Put("x", Of(json)));
        Assert.Empty(file.Names);
        Assert.Empty(file.Metadata);
    }

    [Fact]
    public void Open_UnknownKeyInATensor_IsPassedOver()
    {
        using SafetensorsFile file = SafetensorsFile.Open(_folder.Put("x", Of(One("{\"new\":[{}],\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[0,1]}"), 5)));
        Assert.Equal([5], file.ReadBytes("a"));
    }

    [Fact]
    public void Open_ValidFile_TellsNamesShapesPlacesAndMetadata()
    {
        using SafetensorsFile file = SafetensorsFile.Open(_folder.Put("x", Valid()));
        Assert.Equal(["i64", "f64", "f32", "i32", "bf16", "f16", "i16", "i8", "u8", "bool", "empty", "f8"], file.Names);
        Assert.Equal([new("format", "pt"), new("x", "y")], file.Metadata);
        TensorInfo info = file.Info("f32");
        Assert.Equal((StoredDType.F32, 24L, 6L), (info.DType, info.ByteLength, info.ElementCount));
        Assert.Equal([2L, 3L], info.Shape);
        Assert.Equal(Valid().Length - 72 + 24, info.Offset);
    }

    [Fact]
    public void Open_LongHostileName_IsCutInTheMessage()
    {
        string name = new('x', 100_000);
        string path = _folder.Put("x", Of($"{{\"{name}\\n\":1}}"));
        InvalidDataException e = Assert.Throws<InvalidDataException>(() => SafetensorsFile.Open(path));
        Assert.InRange(e.Message.Length, 1, 500);
    }

    [Fact]
    public void Open_ManyTensors_IsQuick()
    {
        StringBuilder json = new("{");
        for (int i = 0; i < 50_000; i++)
            json.Append(System.Globalization.CultureInfo.InvariantCulture, $"\"t{i}\":{Entry("U8", "1", $"{i},{i + 1}")},");
        json[^1] = '}';
        using SafetensorsFile file = SafetensorsFile.Open(_folder.Put("x", Of(json.ToString(), new byte[50_000])));
        Assert.Equal(50_000, file.Names.Count);
    }
}
