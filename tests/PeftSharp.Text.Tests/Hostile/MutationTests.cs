using CsCheck;
using PeftSharp.Testing;

namespace PeftSharp.Text.Tests.Hostile;

/// <summary>Whatever a tokenizer.json holds: it either loads and works, or <see cref="InvalidDataException"/> says why not.</summary>
public sealed class MutationTests
{
    private const string Sample = "Hello wörld, 'tis 123 \u00e9\u0301 \U0001F600\u200d \u4e2d\u6587 [CLS]<|im_start|>\n\t xxxxx \ud800";

    [Theory]
    [InlineData("minilm", 300)]
    [InlineData("smollm2", 300)]
    [InlineData("t5", 200)]
    [InlineData("deberta_v2", 200)]
    [InlineData("llama2", 200)]
    [InlineData("llama2_legacy", 200)]
    public void Parse_FewMutants_WorksOrSaysWhyNot(string name, int mutants) => Run(TrimmedTokenizer.Trim(name, 400), mutants, mutants);

    [Theory]
    [Trait("Category", "Slow")]
    [InlineData("minilm", 5_000, 5_000)]
    [InlineData("smollm2", 5_000, 5_000)]
    [InlineData("added_bytelevel", 1_000, 1_500)]
    [InlineData("llama3", 1_000, 1_500)]
    public void Parse_ManyMutants_WorksOrSaysWhyNot(string name, int byteMutants, int valueMutants) =>
        Run(TrimmedTokenizer.Trim(name, 400), byteMutants, valueMutants);

    /// <summary>A hundred thousand and more, of files so small that each change hits something that matters.</summary>
    [Theory]
    [Trait("Category", "Slow")]
    [InlineData("minilm", 20_000, 20_000)]
    [InlineData("smollm2", 20_000, 20_000)]
    [InlineData("added_bytelevel", 10_000, 10_000)]
    [InlineData("llama3", 5_000, 5_000)]
    [InlineData("t5", 3_000, 3_000)]
    [InlineData("deberta_v2", 3_000, 3_000)]
    [InlineData("llama2", 3_000, 3_000)]
    [InlineData("llama2_legacy", 3_000, 3_000)]
    public void Parse_MutantsOfSmallFile_WorksOrSaysWhyNot(string name, int byteMutants, int valueMutants) =>
        Run(TrimmedTokenizer.Trim(name, 60), byteMutants, valueMutants);

    [Theory]
    [Trait("Category", "Slow")]
    [InlineData("minilm", 120)]
    [InlineData("smollm2", 30)]
    public void Parse_MutantsOfWholeFile_WorksOrSaysWhyNot(string name, int mutants) => Run(TrimmedTokenizer.Real(name), mutants, 10);

    [Fact]
    public void Trim_OfRealFiles_StillLoads()
    {
        foreach (string name in (string[])["minilm", "smollm2", "t5", "deberta_v2", "llama2", "llama2_legacy"])
            TryWith(TrimmedTokenizer.Trim(name, 400), mustLoad: true);
    }

    private static void Run(byte[] source, int byteMutants, int valueMutants)
    {
        Gen.Int.SampleSeeded(seed => TryWith(JsonMutator.MutateBytes(source, new Random(seed)), mustLoad: false), iter: byteMutants);
        Gen.Int.SampleSeeded(seed => TryWith(JsonMutator.MutateValues(source, new Random(seed)), mustLoad: false), iter: valueMutants);
    }

    private static void TryWith(byte[] content, bool mustLoad)
    {
        try
        {
            Tokenizer tokenizer = Tokenizer.Parse(content);
            Encoding encoding = tokenizer.Encode(Sample, "a pair");
            Assert.True(encoding.Offsets.Length == encoding.Length && encoding.TypeIds.Length == encoding.Length);
            foreach (TokenOffset offset in encoding.Offsets)
                Assert.InRange(offset.End, offset.Start, Sample.Length);
            foreach (int id in encoding.Ids)
                Assert.NotNull(tokenizer.IdToToken(id));
            DecodeStream stream = tokenizer.CreateDecodeStream();
            string streamed = string.Concat(encoding.ToIdArray().Select(stream.Add)) + stream.Flush();
            Assert.Equal(tokenizer.Decode(encoding.Ids), streamed);
        }
        catch (InvalidDataException e) when (!mustLoad)
        {
            Assert.Contains("tokenizer", e.Message, StringComparison.Ordinal);
        }
    }
}
