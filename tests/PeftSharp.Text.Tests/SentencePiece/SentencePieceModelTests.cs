using PeftSharp.Testing;
using PeftSharp.Text.SentencePiece;
using PeftSharp.Text.Tests.Folders;

namespace PeftSharp.Text.Tests.SentencePiece;

public sealed class SentencePieceModelTests
{
    private static readonly byte[] s_unknown = ModelFile.Field(1, ModelFile.Field(1, "<unk>"u8.ToArray()));

    public static TheoryData<byte[], string> Unsound() => new()
    {
        { [], "it has no pieces" },
        { [0x0A, 0x05, 0x0A], "it is cut off" },
        { [0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], "it is cut off" },
        { [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80], "a number has too many bytes" },
        { [0x03], "no sound number" },
        { [0x0B], "of another kind" },
        { [0x7B], "a field of kind 3" },
        { ModelFile.Field(1, ModelFile.Field(1, [0xFF])), "piece 0 is no UTF-8" },
        { ModelFile.Field(1, ModelFile.Float(2, float.NaN)), "the score of piece 0 is no number" },
        { ModelFile.Field(1, ModelFile.Number(3, 9)), "piece 0 is of the unknown kind 9" },
        { ModelFile.Field(1, ModelFile.Field(1, new byte[2000])), "piece 0 is longer than" },
        { [.. s_unknown, .. ModelFile.Field(2, ModelFile.Number(3, 3))], "models of kind 3 are not supported" },
        { [.. s_unknown, .. ModelFile.Field(2, ModelFile.Number(40, 1))], "the unknown piece is number 1 of 1" },
        { [.. s_unknown, .. ModelFile.Field(2, ModelFile.Number(40, ulong.MaxValue))], "no unknown piece" },
    };

    [Theory]
    [MemberData(nameof(Unsound))]
    public void Read_UnsoundFile_SaysWhatIsWrong(byte[] bytes, string expected)
    {
        string message = Assert.Throws<InvalidDataException>(() => SentencePieceModel.Read(bytes, "spm.model")).Message;
        Assert.StartsWith("spm.model: ", message, StringComparison.Ordinal);
        Assert.Contains(expected, message, StringComparison.Ordinal);
    }

    /// <summary>Every way to cut a real file short, and bytes changed all over it: a model or one exception.</summary>
    [Fact]
    public void Read_CutOrChangedFile_WorksOrSaysWhyNot()
    {
        byte[] source = File.ReadAllBytes(Fixtures.PathOf("tokenizers", "llama2", "tokenizer.model"));
        Random random = new(5);
        for (int i = 0; i < 3000; i++)
        {
            byte[] changed = i % 2 == 0 ? source[..random.Next(source.Length)] : [.. source];
            for (int k = 0; k < 3 && changed.Length > 0; k++)
                changed[random.Next(changed.Length)] = (byte)random.Next(256);
            try
            {
                SentencePieceModel.Read(changed, "x");
            }
            catch (InvalidDataException e)
            {
                Assert.StartsWith("x: ", e.Message, StringComparison.Ordinal);
            }
        }
    }

    /// <summary>Pieces so long that looking for their halves would take hours.</summary>
    [Fact]
    public void Load_PiecesOutOfProportion_AreRefused()
    {
        (string, float, PieceKind)[] pieces =
            [("<unk>", 0, PieceKind.Unknown), .. Enumerable.Range(0, 1100).Select(i => (new string('a', 1000) + i, 0f, PieceKind.Normal))];
        using TemporaryFolder folder = new TemporaryFolder().With("tokenizer.model", ModelFile.Of(2, 0, false, pieces))
            .With("tokenizer_config.json", """{"tokenizer_class":"LlamaTokenizer"}""");
        Assert.Contains("far longer", Assert.Throws<InvalidDataException>(() => Tokenizer.Load(folder.Path)).Message, StringComparison.Ordinal);
    }
}
