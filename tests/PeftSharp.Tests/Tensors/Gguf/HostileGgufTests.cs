using System.Diagnostics;
using System.Text;
using PeftSharp.Tensors.Gguf;
using PeftSharp.Testing;
using Xunit;

namespace PeftSharp.Tests.Tensors.Gguf;

/// <summary>One rule of the header at a time: each break is an error that names the file, the byte and the rule.</summary>
public sealed class HostileGgufTests : IDisposable
{
    private const uint U8 = 0, U32 = 4, F32 = 6, Flag = 7, Text = 8, Array = 9;
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(12)]
    [InlineData(23)]
    public void Open_TooShortForTheCounts_Throws(int length) =>
        Refused(File.ReadAllBytes(Fixtures.PathOf("quant", "container.gguf"))[..length], length < 4 ? "does not begin with" : "at byte");

    [Fact]
    public void Open_CutAnywhere_Throws()
    {
        byte[] whole = File.ReadAllBytes(Fixtures.PathOf("quant", "container.gguf"));
        for (int length = 0; length < whole.Length; length += length < 700 ? 1 : 997)
            Refused(whole[..length], "");
    }

    [Fact]
    public void Open_OtherMagic_Throws() => Refused(new RawGguf { Magic = 0x67676D6C }, "at byte 0: not a GGUF file");

    [Theory]
    [InlineData(0u, "version 0")]
    [InlineData(1u, "version 1")]
    [InlineData(4u, "version 4")]
    [InlineData(0x03000000u, "big-endian")]
    public void Open_OtherVersion_Throws(uint version, string says) => Refused(new RawGguf { Version = version }, $"at byte 4: ", says);

    [Theory]
    [InlineData(1UL)]
    [InlineData(1_000_000_000UL)]
    [InlineData(ulong.MaxValue)]
    [InlineData(1UL << 63)]
    public void Open_CountsBeyondTheFile_ThrowAtOnce(ulong count)
    {
        Refused(new RawGguf { TensorCount = count }, "at byte 8: the number of tensors");
        Refused(new RawGguf { EntryCount = count }, "at byte 16: the number of metadata entries");
    }

    [Fact]
    public void Open_ThousandMillionTensorsInAHugeSparseFile_BoundedTimeAndMemory()
    {
        string path = _folder.Put("sparse.gguf", new RawGguf { TensorCount = 1_000_000_000 }.ToBytes());
        using (FileStream stream = new(path, FileMode.Open))
            stream.SetLength(1L << 36);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Stopwatch watch = Stopwatch.StartNew();
        Assert.Contains("more than the 1000000", Assert.Throws<InvalidDataException>(() => GgufFile.Open(path)).Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 1);
    }

    [Fact]
    public void Open_HeaderBeyondItsLimit_StopsThere()
    {
        string path = _folder.Put("long.gguf", new RawGguf().With("k", Array, RawGguf.Array(U8, 150_000_000)).ToBytes());
        using (FileStream stream = new(path, FileMode.Open))
            stream.SetLength(1L << 30);
        Assert.Contains("more than the 100000000", Assert.Throws<InvalidDataException>(() => GgufFile.Open(path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(13u)]
    [InlineData(255u)]
    [InlineData(uint.MaxValue)]
    public void Open_UnknownValueType_Throws(uint type)
    {
        Refused(new RawGguf().With("k", type, [0, 0, 0, 0, 0, 0, 0, 0]), "\"k\" has the unknown type");
        Refused(new RawGguf().With("k", Array, RawGguf.Array(type, 0)), "\"k\" is an array of the unknown type");
    }

    [Fact]
    public void Open_StringBeyondTheFile_Throws()
    {
        Refused(new RawGguf().With("k", Text, BitConverter.GetBytes(1000UL)), "the length of \"k\" is 1000");
        Refused(new RawGguf().With("k", Text, BitConverter.GetBytes(ulong.MaxValue)), "the length of \"k\"");
    }

    [Fact]
    public void Open_TextThatIsNotUtf8_Throws()
    {
        Refused(new RawGguf().With("k", Text, [2, 0, 0, 0, 0, 0, 0, 0, 0xC3, 0x28]), "\"k\" is not UTF-8");
        RawGguf raw = new();
        raw.Entries.Add(([0xFF, 0xFE], U8, [1]));
        Refused(raw, "at byte 24: key 0 of the metadata is not UTF-8");
    }

    [Fact]
    public void Open_TruthValueOfTwo_Throws()
    {
        Refused(new RawGguf().With("k", Flag, [2]), "\"k\" is 2");
        Refused(new RawGguf().With("k", Array, RawGguf.Array(Flag, 3, 0, 1, 9)), "\"k\" is 9");
    }

    [Theory]
    [InlineData(6, true)]
    [InlineData(7, true)]
    [InlineData(8, false)]
    [InlineData(5000, false)]
    public void Open_NestedArrays_OnlySoDeep(int depth, bool allowed)
    {
        byte[] value = RawGguf.Array(U32, 1, 7, 0, 0, 0);
        for (int i = 0; i < depth; i++)
            value = RawGguf.Array(Array, 1, value);
        RawGguf raw = new RawGguf().With("k", Array, value);
        if (!allowed)
        {
            Refused(raw, "arrays in arrays, more than 8 deep");
            return;
        }
        using GgufFile file = GgufFile.Open(_folder.Put("nested.gguf", raw.ToBytes()));
        Assert.True(file.Entries.TryGet("k", out object? found));
        for (int i = 0; i < depth; i++)
            found = Assert.Single(Assert.IsType<GgufArray[]>(Assert.IsType<GgufArray>(found).Items));
        Assert.Equal([7u], Assert.IsType<uint[]>(Assert.IsType<GgufArray>(found).Items));
    }

    [Theory]
    [InlineData(0u, 100UL)]
    [InlineData(10u, 1UL << 61)]
    [InlineData(12u, ulong.MaxValue)]
    [InlineData(8u, 3UL)]
    [InlineData(9u, 2UL)]
    public void Open_ArrayBeyondTheFile_Throws(uint type, ulong count) =>
        Refused(new RawGguf().With("k", Array, RawGguf.Array(type, count, 0, 0, 0, 0)), "the length of \"k\"");

    [Fact]
    public void Open_SameKeyTwice_Throws() => Refused(new RawGguf().With("k", U8, [1]).With("k", U8, [1]), "the metadata have \"k\" twice");

    [Fact]
    public void Open_EmptyOrEndlessNames_Throw()
    {
        Refused(new RawGguf().With("", U8, [1]), "key 0 of the metadata is empty");
        Refused(new RawGguf().With(new string('k', 70_000), U8, [1]), "key 0 of the metadata has 70000 characters");
        Refused(new RawGguf().With(new RawTensor("", [1], 0, 0)), "the name of tensor 0 is empty");
        Refused(new RawGguf().With(new RawTensor(new string('t', 600), [1], 0, 0)), "the name of tensor 0 has 600 characters");
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(3u)]
    [InlineData(48u)]
    [InlineData(uint.MaxValue)]
    public void Open_AlignmentThatIsNoPowerOfTwo_Throws(uint alignment) =>
        Refused(new RawGguf().With("general.alignment", U32, BitConverter.GetBytes(alignment)), "general.alignment");

    [Fact]
    public void Open_AlignmentOfAnotherType_Throws() =>
        Refused(new RawGguf().With("general.alignment", F32, BitConverter.GetBytes(32f)), "general.alignment");

    [Fact]
    public void Open_LargeAlignmentWithoutRoom_Throws() =>
        Refused(new RawGguf().With("general.alignment", U32, BitConverter.GetBytes(1u << 31)).With(new RawTensor("t", [8], 0, 0)), "tensor \"t\" lies at");

    [Fact]
    public void Open_LargeAlignment_MovesTheData()
    {
        RawGguf raw = new RawGguf { Alignment = 4096 }.With("general.alignment", U32, BitConverter.GetBytes(4096u)).With(new RawTensor("t", [2], 0, 4096));
        byte[] bytes = raw.ToBytes(4096 + 8);
        BitConverter.GetBytes(1.5f).CopyTo(bytes, bytes.Length - 4);
        using GgufFile file = GgufFile.Open(_folder.Put("aligned.gguf", bytes));
        using TorchSharp.torch.Tensor loaded = file.Load("t");
        Assert.Equal([0f, 1.5f], loaded.data<float>().ToArray());
    }

    [Theory]
    [InlineData(5u)]
    [InlineData(200u)]
    [InlineData(uint.MaxValue)]
    public void Open_TooManySizes_Throws(uint rank) => Refused(new RawGguf().With(new RawTensor("t", [1, 1, 1, 1, 1], 0, 0, rank)), "more than 4");

    [Theory]
    [InlineData(new ulong[] { 1UL << 63 })]
    [InlineData(new ulong[] { ulong.MaxValue })]
    [InlineData(new ulong[] { 1UL << 32, 1UL << 32 })]
    [InlineData(new ulong[] { 1UL << 62, 2UL })]
    [InlineData(new ulong[] { 1UL << 31, 1UL << 31, 1UL << 31, 1UL << 31 })]
    [InlineData(new ulong[] { 0, 1UL << 62, 1UL << 62 })]
    public void Open_SizesThatOverflow_Throw(ulong[] sizes) => Refused(new RawGguf().With(new RawTensor("t", sizes, 0, 0)), "tensor \"t\"", "size");

    [Theory]
    [InlineData(4u)]
    [InlineData(31u)]
    [InlineData(1000u)]
    public void Open_UnknownTensorType_Throws(uint type) => Refused(new RawGguf().With(new RawTensor("t", [32], type, 0)), $"unknown type {type}");

    [Theory]
    [InlineData(2u, 33UL)]
    [InlineData(12u, 128UL)]
    [InlineData(8u, 1UL)]
    public void Open_RowsThatAreNoWholeBlocks_Throw(uint type, ulong row) =>
        Refused(new RawGguf().With(new RawTensor("t", [row, 32], type, 0)), "packs");

    [Fact]
    public void Open_ScalarOfBlocks_Throws() => Refused(new RawGguf().With(new RawTensor("t", [], 2, 0)), "packs");

    [Theory]
    [InlineData(1UL, "no multiple of the alignment")]
    [InlineData(1UL << 63, "no multiple of the alignment")]
    [InlineData(1UL << 62, "lies at")]
    [InlineData(64UL, "lies at 64 to 128 of 64 data bytes")]
    public void Open_OffsetsOutOfPlace_Throw(ulong offset, string says) =>
        Refused(new RawGguf().With(new RawTensor("t", [16], 0, offset)).ToBytes(64), says);

    [Fact]
    public void Open_TensorsOverEachOther_Throw() =>
        Refused(new RawGguf().With(new RawTensor("a", [16], 0, 0)).With(new RawTensor("b", [16], 0, 32)).ToBytes(128), "tensor \"b\" lies over tensor \"a\"");

    [Fact]
    public void Open_SameNameTwice_Throws() =>
        Refused(new RawGguf().With(new RawTensor("a", [8], 0, 0)).With(new RawTensor("a", [8], 0, 32)).ToBytes(64), "two tensors \"a\"");

    [Fact]
    public void Open_NoTensors_IsSound()
    {
        using GgufFile file = GgufFile.Open(_folder.Put("empty.gguf", new RawGguf().ToBytes()));
        Assert.Empty(file.Names);
        Assert.Empty(file.Metadata);
    }

    [Fact]
    public void Open_EmptyAndScalarTensors_Load()
    {
        RawGguf raw = new RawGguf().With(new RawTensor("none", [0, 3], 0, 0)).With(new RawTensor("one", [], 0, 0));
        using GgufFile file = GgufFile.Open(_folder.Put("small.gguf", raw.ToBytes(4)));
        using TorchSharp.torch.Tensor none = file.Load("none"), one = file.Load("one");
        Assert.Equal([3, 0], none.shape);
        Assert.Empty(one.shape);
    }

    [Fact]
    public void Open_Folder_Throws() =>
        Assert.Contains("is a folder", Assert.Throws<InvalidDataException>(() => GgufFile.Open(_folder.Path)).Message, StringComparison.Ordinal);

    [Fact]
    public void Open_NothingThere_Throws() => Assert.Throws<FileNotFoundException>(() => GgufFile.Open(_folder.At("none.gguf")));

    private void Refused(RawGguf raw, params string[] says) => Refused(raw.ToBytes(), says);

    private void Refused(byte[] bytes, params string[] says)
    {
        string path = _folder.Put("bad.gguf", bytes);
        string message = Assert.Throws<InvalidDataException>(() => GgufFile.Open(path)).Message;
        Assert.Contains(path, message, StringComparison.Ordinal);
        Assert.Contains("at byte ", message, StringComparison.Ordinal);
        foreach (string part in says)
            Assert.Contains(part, message, StringComparison.Ordinal);
        Assert.False(message.Contains('\n'), Encoding.UTF8.GetString(bytes.AsSpan(0, Math.Min(40, bytes.Length))));
    }
}
