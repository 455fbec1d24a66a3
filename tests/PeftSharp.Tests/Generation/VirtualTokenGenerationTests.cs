using PeftSharp.Adapters;
using PeftSharp.Generation;
using PeftSharp.Methods.PrefixTuning;
using PeftSharp.Methods.PromptTuning;
using PeftSharp.Models;
using PeftSharp.Models.Blocks;
using PeftSharp.Models.Slots;
using PeftSharp.Tests.Parity;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Generation;

/// <summary>
/// Generation with virtual tokens. The reference's own tokens are of no use here: with transformers 5.24 and peft 0.21.2 a
/// rotary model generates with a prefix exactly what it generates without one (its fixtures' tokens are those of the base),
/// and with a prompt it parts from its own logits after the first token. So the tokens are compared with those of the whole
/// sequence, run again for each token: its logits are the reference's to the digit. Encoder-decoders have theirs in
/// <see cref="Models.EncoderDecoderTests"/>.
/// </summary>
public sealed class VirtualTokenGenerationTests
{
    private static readonly int[][] _prompts = [[5, 9, 3], [7], [1, 2, 3, 4, 5, 6, 7], [60, 61]];

    public static TheoryData<string> Cases => [.. GoldenCases.WithVirtualTokens.Intersect(GoldenCases.With("greedy")).Where(name => !GoldenCases.IsOfAnEncoderDecoder(name))];

    [Theory, MemberData(nameof(Cases))]
    public void Generate_Greedy_GivesWhatTheWholeSequenceGives(string name)
    {
        using GoldenCase golden = GoldenCase.Open(name);
        using TokenGenerator generator = new(golden.Model);
        int[] prompt = Prompt(golden);
        GenerationOptions options = new() { MaxNewTokens = 12, NumBeams = 1, EosTokenIds = [], PadTokenId = 0 };
        List<int> sequence = [.. prompt];
        for (int i = 0; i < 12; i++)
        {
            float[] scores = PlainBeamSearch.LogProbabilities(golden.Base, [.. sequence], golden.Model.Pass());
            sequence.Add(Array.IndexOf(scores, scores.Max()));
        }
        Assert.Equal(sequence.Skip(prompt.Length), generator.Generate(prompt, options).Ids);
    }

    [Theory, MemberData(nameof(Cases))]
    public void Generate_Greedy_BeginsWithTheLikeliestOfTheReferenceLogits(string name)
    {
        using GoldenCase golden = GoldenCase.Open(name);
        using TokenGenerator generator = new(golden.Model);
        using Tensor row = golden.Expected("logits").select(0, 0);
        using Tensor last = row.select(0, row.shape[0] - 1);
        Assert.Equal((int)last.argmax().item<long>(), generator.Generate(Prompt(golden), new() { MaxNewTokens = 1, EosTokenIds = [] }).Ids[0]);
    }

    [Theory, MemberData(nameof(Cases))]
    public void Generate_ThreeBeams_GivesWhatThePlainSearchGives(string name)
    {
        using GoldenCase golden = GoldenCase.Open(name);
        using TokenGenerator generator = new(golden.Model);
        int[] prompt = Prompt(golden);
        GenerationOptions options = new() { MaxNewTokens = 10, NumBeams = 3, EosTokenIds = [2], PadTokenId = 0 };
        Assert.Equal(PlainBeamSearch.Run(golden.Base, prompt, options, golden.Model.Pass()), generator.Generate(prompt, options).Ids);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Generate_PromptsOfUnlikeLength_GivesWhatEachGivesAlone(int beams)
    {
        using BaseModel model = TinyLlama.Create();
        using PeftModel peft = WithPrompts(model);
        using TokenGenerator generator = new(peft);
        GenerationOptions options = new() { MaxNewTokens = 12, NumBeams = beams };
        foreach (Composition composition in (Composition[])[Composition.Of("prefix"), Composition.Of("prompt"), Composition.Stacked("prefix", "prompt")])
        {
            IReadOnlyList<GeneratedTokens> together = generator.Generate(_prompts, options, composition);
            for (int row = 0; row < _prompts.Length; row++)
                Assert.Equal(generator.Generate(_prompts[row], options, composition).Ids, together[row].Ids);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Generate_AnotherNumberOfVirtualTokensInEachRow_GivesWhatEachGivesAlone(int beams)
    {
        using BaseModel model = TinyLlama.Create();
        using PeftModel peft = WithPrompts(model);
        using TokenGenerator generator = new(peft);
        GenerationOptions options = new() { MaxNewTokens = 12, NumBeams = beams };
        string[] names = ["prefix", Composition.BaseName, "prompt", "short"];
        IReadOnlyList<GeneratedTokens> mixed = generator.Generate(_prompts, options, Composition.ByRow(names));
        for (int row = 0; row < names.Length; row++)
        {
            Composition one = names[row] == Composition.BaseName ? Composition.None : Composition.Of(names[row]);
            Assert.Equal(generator.Generate(_prompts[row], options, one).Ids, mixed[row].Ids);
        }
    }

    [Fact]
    public void Generate_AfterVirtualTokens_ReusesBuffersWithoutThem()
    {
        using BaseModel model = TinyLlama.Create();
        using PeftModel peft = WithPrompts(model);
        using TokenGenerator generator = new(peft);
        GenerationOptions options = new() { MaxNewTokens = 8 };
        IReadOnlyList<int> bare = generator.Generate([5, 9], options, Composition.None).Ids;
        Assert.NotEqual(bare, generator.Generate([5, 9], options, Composition.Of("prefix")).Ids);
        Assert.Equal(bare, generator.Generate([5, 9], options, Composition.None).Ids);
    }

    [Fact]
    public void Generate_PromptThatVirtualTokensLeaveNoRoomFor_SaysHowManyThereAre()
    {
        using BaseModel model = TinyLlama.Create();
        using PeftModel peft = WithPrompts(model);
        using TokenGenerator generator = new(peft);
        int[] prompt = [.. Enumerable.Repeat(3, model.MaxPositions - 6)];
        PeftException error = Assert.Throws<PeftException>(() => generator.Generate(prompt, composition: Composition.Of("prefix")));
        Assert.Contains("6 virtual tokens", error.Message, StringComparison.Ordinal);
        Assert.Single(generator.Generate(prompt[1..], new() { MaxNewTokens = 5 }, Composition.Of("prefix")).Ids);
    }

    [Fact]
    public void Forward_WithCache_AsksForThePrefixOnce()
    {
        using BaseModel model = TinyLlama.Create();
        CountingPrefix prefix = new(model.Attention);
        Pass pass = new(new TunerPlan([], [], [], attention: [prefix]));
        using KeyValueCache cache = model.CreateCache(1, 20);
        for (int step = 0; step < 4; step++)
        {
            using Tensor ids = tensor(new long[] { 4 + step }).unsqueeze(0);
            model.ForwardLast(new ModelInput { InputIds = ids }, pass, cache).Dispose();
        }
        Assert.Equal(1, prefix.Asked);
    }

    private static int[] Prompt(GoldenCase golden) => [.. golden.Expected("input_ids").select(0, 0).data<long>().Select(id => (int)id)];

    private static PeftModel WithPrompts(BaseModel model)
    {
        PeftModel peft = new(model);
        peft.AddAdapter(new PrefixTuningOptions { NumVirtualTokens = 6 }, "prefix", seed: 1);
        peft.AddAdapter(new PromptTuningOptions { NumVirtualTokens = 4 }, "prompt", seed: 2);
        peft.AddAdapter(new PrefixTuningOptions { NumVirtualTokens = 2 }, "short", seed: 3);
        return peft;
    }

    private sealed class CountingPrefix(AttentionShape shape) : IAttentionTuner
    {
        public int Asked { get; private set; }

        public int Count => 3;

        public Tensor Rows(Pass pass)
        {
            Asked++;
            return zeros([shape.Layers, 2, shape.KeyValueHeads, Count, shape.HeadWidth]);
        }
    }
}
