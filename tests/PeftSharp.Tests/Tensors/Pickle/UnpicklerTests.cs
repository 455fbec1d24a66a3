using System.Numerics;
using PeftSharp.Tensors;
using PeftSharp.Tensors.Pickle;
using Xunit;

namespace PeftSharp.Tests.Tensors.Pickle;

public sealed class UnpicklerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private object? Read(byte[] pickle)
    {
        using MappedFile file = MappedFile.Open(_folder.Put("x.pkl", pickle));
        return Unpickler.Read(new PickleSource(file, 0, file.Length), null);
    }

    private object? Read(string operations) => Read(new RawPickle().Op(operations).Bytes);

    private string Fails(byte[] pickle)
    {
        string message = Assert.Throws<InvalidDataException>(() => Read(pickle)).Message;
        Assert.Contains("x.pkl: the pickle at byte ", message, StringComparison.Ordinal);
        return message;
    }

    private string Fails(string operations) => Fails(new RawPickle().Op(operations).Bytes);

    private static void Same(object? expected, object? found)
    {
        switch (expected)
        {
            case object?[] tuple:
                object?[] other = Assert.IsType<object?[]>(found);
                Assert.Equal(tuple.Length, other.Length);
                for (int i = 0; i < tuple.Length; i++)
                    Same(tuple[i], other[i]);
                break;
            default:
                Assert.Equal(expected, found);
                break;
        }
    }

    [Theory]
    [InlineData("I42\n.", 42L)]
    [InlineData("I-7\n.", -7L)]
    [InlineData("I01\n.", true)]
    [InlineData("I00\n.", false)]
    [InlineData("L12L\n.", 12L)]
    [InlineData("L-1\n.", -1L)]
    [InlineData("K\u00ff.", 255L)]
    [InlineData("M\u0001\u0002.", 0x201L)]
    [InlineData("J\u00fe\u00ff\u00ff\u00ff.", -2L)]
    [InlineData("\u008a\u0000.", 0L)]
    [InlineData("\u008a\u0001\u0080.", -128L)]
    [InlineData("\u008a\u0002\u0080\u0000.", 128L)]
    [InlineData("\u008b\u0001\u0000\u0000\u0000\u0005.", 5L)]
    [InlineData("F1.5\n.", 1.5)]
    [InlineData("Fnan\n.", double.NaN)]
    [InlineData("F-inf\n.", double.NegativeInfinity)]
    [InlineData("G\u003f\u00f8\u0000\u0000\u0000\u0000\u0000\u0000.", 1.5)]
    [InlineData("N.", null)]
    [InlineData("\u0088.", true)]
    [InlineData("\u0089.", false)]
    public void Read_Number_IsIt(string operations, object? expected) => Assert.Equal(expected, Read(operations));

    [Fact]
    public void Read_LongNumber_IsExact()
    {
        Assert.Equal(BigInteger.Parse("119547037146038801333356", System.Globalization.CultureInfo.InvariantCulture), Read("L119547037146038801333356L\n."));
        Assert.Equal(BigInteger.Pow(2, 64), Read("\u008a\u0009\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0001."));
    }

    [Theory]
    [InlineData("S'a\\x41\\n\\'\\\\'\n.", "aA\n'\\")]
    [InlineData("S\"\"\n.", "")]
    [InlineData("U\u0002\u00c3\u00a9.", "é")]
    [InlineData("T\u0001\u0000\u0000\u0000z.", "z")]
    [InlineData("V\\u00e9\\U0001F600\u00e8\n.", "é😀è")]
    [InlineData("X\u0001\u0000\u0000\u0000z.", "z")]
    [InlineData("\u008c\u0001z.", "z")]
    [InlineData("\u008d\u0001\u0000\u0000\u0000\u0000\u0000\u0000\u0000z.", "z")]
    public void Read_Text_IsIt(string operations, string expected) => Assert.Equal(expected, Read(operations));

    [Theory]
    [InlineData("C\u0001z.")]
    [InlineData("B\u0001\u0000\u0000\u0000z.")]
    [InlineData("\u008e\u0001\u0000\u0000\u0000\u0000\u0000\u0000\u0000z.")]
    [InlineData("\u0096\u0001\u0000\u0000\u0000\u0000\u0000\u0000\u0000z.")]
    public void Read_Bytes_AreThem(string operations) => Assert.Equal("z"u8.ToArray(), Read(operations));

    [Fact]
    public void Read_Tuples_HaveTheirValues()
    {
        Same(Array.Empty<object?>(), Read(")."));
        Same(new object?[] { 1L }, Read("K\u0001\u0085."));
        Same(new object?[] { 1L, 2L }, Read("K\u0001K\u0002\u0086."));
        Same(new object?[] { 1L, 2L, 3L }, Read("K\u0001K\u0002K\u0003\u0087."));
        Same(new object?[] { 1L, null, new object?[] { true } }, Read("(K\u0001N\u0088\u0085t."));
    }

    [Theory]
    [InlineData("](K\u0001K\u0002e.")]
    [InlineData("]K\u0001aK\u0002a.")]
    [InlineData("(K\u0001K\u0002l.")]
    [InlineData("(lI1\naI2\na.")]
    public void Read_List_HasItsValues(string operations) => Assert.Equal([1L, 2L], Assert.IsType<PickleList>(Read(operations)).Items);

    [Theory]
    [InlineData("}(U\u0001aK\u0001U\u0001bK\u0002u.")]
    [InlineData("}U\u0001aK\u0001sU\u0001bK\u0002s.")]
    [InlineData("(U\u0001aK\u0001U\u0001bK\u0002d.")]
    [InlineData("ccollections\nOrderedDict\n)R(U\u0001aK\u0001U\u0001bK\u0002u.")]
    [InlineData("ccollections\nOrderedDict\n](](U\u0001aK\u0001eU\u0001bK\u0002\u0086e\u0085R.")]
    [InlineData("\u0080\u0004\u0095\u0001\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u008c\u000bcollections\u008c\u000bOrderedDict\u0093)R(U\u0001aK\u0001U\u0001bK\u0002u}b.")]
    public void Read_Dict_HasItsPairs(string operations)
    {
        PickleDict dict = Assert.IsType<PickleDict>(Read(operations));
        Assert.Equal(1L, dict.Find("a"));
        Assert.Equal(2L, dict.Find("b"));
        Assert.Equal(2, dict.Items.Count);
    }

    [Theory]
    [InlineData("U\u0001ap5\n0g5\n.")]
    [InlineData("U\u0001aq\u00050h\u0005.")]
    [InlineData("U\u0001ar\u0005\u0001\u0000\u00000j\u0005\u0001\u0000\u0000.")]
    [InlineData("U\u0001a\u00940h\u0000.")]
    [InlineData("U\u0001a2\u0086\u00940h\u00000U\u0001a.")]
    [InlineData("U\u0001a(K\u0001K\u00021.")]
    [InlineData("U\u0001a(0.")]
    public void Read_MemoAndStack_GiveItBack(string operations) => Assert.Equal("a", Read(operations));

    [Fact]
    public void Read_ListWithinItself_IsBuiltAndNoMore()
    {
        PickleList list = Assert.IsType<PickleList>(Read("]q\u0000h\u0000a."));
        Assert.Same(list, list.Items[0]);
    }

    [Theory]
    [InlineData("cos\nsystem\n.", "\"os.system\"")]
    [InlineData("cposix\nsystem\n(S'id'\ntR.", "\"posix.system\"")]
    [InlineData("c__builtin__\neval\n.", "\"__builtin__.eval\"")]
    [InlineData("\u008c\u0008builtins\u008c\u0004exec\u0093.", "\"builtins.exec\"")]
    [InlineData("(S'x'\nios\nsystem\n.", "\"os.system\"")]
    [InlineData("ctorch.storage\n_load_from_bytes\n.", "torch.storage._load_from_bytes")]
    [InlineData("ctransformers.training_args\nTrainingArguments\n.", "no weights")]
    [InlineData("ctorch\nload\n.", "\"torch.load\"")]
    [InlineData("ctorch._utils\n_rebuild_sparse_tensor\n.", "_rebuild_sparse_tensor")]
    [InlineData("c\n\n.", "\".\"")]
    [InlineData("ca\u0000b\nc\n.", "?")]
    public void Read_AnyOtherGlobal_IsNamedAndNothingRuns(string operations, string expected)
    {
        string message = Fails(operations);
        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.Contains("nothing was run", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("(ccollections\nOrderedDict\no.", "an instance of \"collections.OrderedDict\"")]
    [InlineData("ccollections\nOrderedDict\n)\u0081.", "an instance of \"collections.OrderedDict\"")]
    [InlineData("ccollections\nOrderedDict\n)}\u0092.", "an instance of \"collections.OrderedDict\"")]
    [InlineData("(icollections\nOrderedDict\n.", "an instance of \"collections.OrderedDict\"")]
    [InlineData("(K\u0001o.", "an instance of a class")]
    [InlineData("\u008f.", "a set")]
    [InlineData("(\u0091.", "a set")]
    [InlineData("\u008f(K\u0001\u0090.", "a set")]
    [InlineData("\u0082\u0001.", "registered number")]
    [InlineData("\u0083\u0001\u0000.", "registered number")]
    [InlineData("\u0084\u0001\u0000\u0000\u0000.", "registered number")]
    [InlineData("\u0097.", "buffer")]
    [InlineData("K\u0001\u0098.", "buffer")]
    [InlineData("P1\n.", "outside object \"1\"")]
    [InlineData("K\u0001Q.", "not a storage")]
    [InlineData("K\u0001K\u0002\u0093.", "something that is not text")]
    [InlineData("K\u0001)R.", "not a known name")]
    [InlineData("ccollections\nOrderedDict\nK\u0001R.", "not a known name")]
    [InlineData("ccollections\nOrderedDict\nK\u0001\u0085R.", "list of pairs")]
    [InlineData("ccollections\nOrderedDict\n]K\u0001a\u0085R.", "list of pairs")]
    [InlineData("ctorch\nFloatStorage\n)R.", "arguments that do not fit")]
    [InlineData("ctorch\nfloat32\n)R.", "arguments that do not fit")]
    [InlineData("ctorch._utils\n_rebuild_parameter\n)R.", "arguments that do not fit")]
    [InlineData("ctorch._utils\n_rebuild_tensor_v2\n)R.", "(storage, offset, size, stride)")]
    [InlineData("]}b.", "attributes")]
    [InlineData("}K\u0001b.", "attributes")]
    [InlineData("\u0080\u0006.", "protocol 6")]
    [InlineData("\u00ff.", "0xFF")]
    [InlineData("\u0000.", "0x00")]
    [InlineData(".", "empty stack")]
    [InlineData("0.", "empty stack")]
    [InlineData("2.", "empty stack")]
    [InlineData("\u0085.", "empty stack")]
    [InlineData("K\u0001(\u0085.", "empty stack")]
    [InlineData("K\u0001\u0086.", "empty stack")]
    [InlineData("(K\u0001(R.", "empty stack")]
    [InlineData("t.", "never set")]
    [InlineData("K\u0001e.", "never set")]
    [InlineData("1.", "never set")]
    [InlineData("q\u0000.", "empty stack")]
    [InlineData("\u0094.", "empty stack")]
    [InlineData("h\u0000.", "not remembered")]
    [InlineData("g-1\n.", "not remembered")]
    [InlineData("Nq\u0002h\u0001.", "not remembered")]
    [InlineData("j\u00ff\u00ff\u00ff\u00ff.", "not remembered")]
    [InlineData("Nr\u00ff\u00ff\u00ff\u00ff.", "numbers go up to")]
    [InlineData("Np99999999999999999999\n.", "numbers go up to")]
    [InlineData("K\u0001K\u0002a.", "not a list")]
    [InlineData("K\u0001(e.", "not a list")]
    [InlineData("]K\u0002K\u0003s.", "not a dictionary")]
    [InlineData("}(K\u0002u.", "without a value")]
    [InlineData("(K\u0002d.", "without a value")]
    [InlineData("Ix\n.", "whole number")]
    [InlineData("I 1\n.", "whole number")]
    [InlineData("L1.5L\n.", "whole number")]
    [InlineData("F1,5\n.", "not a number")]
    [InlineData("S'a\n.", "quotes")]
    [InlineData("Sa\n.", "quotes")]
    [InlineData("S'\\q'\n.", "escape")]
    [InlineData("S'\\x4'\n.", "escape")]
    [InlineData("S'\\'\n.", "escape")]
    [InlineData("S'\\xff'\n.", "UTF-8")]
    [InlineData("V\\u12\n.", "escape")]
    [InlineData("V\\U00110000\n.", "escape")]
    [InlineData("U\u0001\u00ff.", "UTF-8")]
    [InlineData("c\u00e9\nx\n.", "ASCII")]
    public void Read_WrongOperation_SaysWhatIsWrong(string operations, string expected) => Assert.Contains(expected, Fails(operations), StringComparison.Ordinal);

    [Theory]
    [InlineData("")]
    [InlineData("K")]
    [InlineData("J\u0001\u0002")]
    [InlineData("N")]
    [InlineData("U\u0009ab")]
    [InlineData("X\u00ff\u00ff\u00ff\u00ffab.")]
    [InlineData("T\u00ff\u00ff\u00ff\u007fab.")]
    [InlineData("B\u00ff\u00ff\u00ff\u00ffab.")]
    [InlineData("\u008d\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff.")]
    [InlineData("\u008e\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u007f.")]
    [InlineData("\u0096\u0000\u0000\u0000\u0000\u0001\u0000\u0000\u0000.")]
    [InlineData("I12")]
    [InlineData("cos")]
    [InlineData("S'a'")]
    [InlineData("\u0095\u0001\u0000")]
    [InlineData("\u008a\u0005\u0001.")]
    public void Read_CutShortOrLyingLength_SaysHowMuchIsLeft(string operations) => Assert.Contains("where", Fails(operations), StringComparison.Ordinal);

    [Theory]
    [InlineData("\u008b\u00ff\u00ff\u00ff\u007f")]
    [InlineData("\u008b\u0000\u0000\u0000\u0080")]
    public void Read_HugeNumber_IsRefusedBeforeItIsMade(string operations) => Assert.Contains("more than the 256 allowed", Fails(operations), StringComparison.Ordinal);

    [Fact]
    public void Read_LongLines_AreRefused()
    {
        Assert.Contains("more than 256 bytes", Fails("I" + new string('1', 1000) + "\n."), StringComparison.Ordinal);
        Assert.Contains("more than 500 bytes", Fails("c" + new string('a', 1000) + "\nb\n."), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_DeepNesting_NeedsNoStack()
    {
        const int Depth = 1_000_000;
        object? value = Read([.. Enumerable.Repeat((byte)')', 1), .. Enumerable.Repeat((byte)0x85, Depth), (byte)'.']);
        int depth = 0;
        for (; value is object?[] { Length: 1 } tuple; value = tuple[0])
            depth++;
        Assert.Equal(Depth, depth);
    }

    [Fact]
    public void Read_MarksWithoutEnd_AreRefused() =>
        Assert.Contains("marks lie on its stack", Fails([.. Enumerable.Repeat((byte)'(', 2_000_000)]), StringComparison.Ordinal);

    [Fact]
    public void Read_ValuesWithoutEnd_AreRefused() =>
        Assert.Contains("values lie on its stack", Fails([.. Enumerable.Repeat((byte)'N', 2_000_000)]), StringComparison.Ordinal);

    [Fact]
    [Trait("Category", "Slow")]
    public void Read_ManyMillionsOfValues_AreRefused()
    {
        byte[] piece = [(byte)'}', (byte)'0'];
        Assert.Contains("makes more than", Fails([.. Enumerable.Repeat(piece, 9_000_000).SelectMany(p => p)]), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public void Read_MoreBytesThanNamesAndShapesTake_AreRefused()
    {
        byte[] bytes = new byte[70 << 20];
        RawPickle.Of().Op("B").Raw(RawPickle.Little(69 << 20, 4)).Bytes.CopyTo(bytes, 0);
        Assert.Contains("allowed", Fails(bytes), StringComparison.Ordinal);
    }
}
