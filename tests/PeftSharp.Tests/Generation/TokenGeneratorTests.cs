using PeftSharp.Adapters;
using PeftSharp.Generation;
using PeftSharp.Kernels;
using PeftSharp.Models;
using PeftSharp.Tests.Parity;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Generation;

public sealed class TokenGeneratorTests
{
    private static readonly int[][] _prompts = [[5, 9, 3], [7], [1, 2, 3, 4, 5, 6, 7], [60, 61]];
    private static readonly string[] _names = ["a", "b", Composition.BaseName, "c"];

    // The reference's generation loses virtual tokens after the first step (VirtualTokenGenerationTests says more).
    public static TheoryData<string> GreedyCases => [.. GoldenCases.With("greedy").Except(GoldenCases.WithVirtualTokens)];

    public static TheoryData<string> BeamCases => [.. GoldenCases.With("beam3").Except(GoldenCases.WithVirtualTokens)];

    public static TheoryData<GenerationOptions> AllKinds =>
    [
        new GenerationOptions { MaxNewTokens = 12 },
        new GenerationOptions { MaxNewTokens = 12, RepetitionPenalty = 1.5 },
        new GenerationOptions { MaxNewTokens = 12, DoSample = true, Seed = 7, TopP = 0.9 },
        new GenerationOptions { MaxNewTokens = 12, NumBeams = 3, RepetitionPenalty = 1.2 },
        new GenerationOptions { MaxNewTokens = 12, NoRepeatNgramSize = 2, MinNewTokens = 3, SuppressTokens = [4], EncoderRepetitionPenalty = 1.3 },
        new GenerationOptions { MaxNewTokens = 12, DoSample = true, Seed = 3, TypicalP = 0.8, EtaCutoff = 0.001, TopH = 0.9 },
        new GenerationOptions { MaxNewTokens = 12, DoSample = true, Seed = 3, NumBeams = 3, TopP = 0.9 },
    ];

    [Theory, MemberData(nameof(GreedyCases))]
    public void Generate_Greedy_GivesReferenceTokens(string name)
    {
        using GoldenCase golden = GoldenCase.Open(name);
        Compare(golden, "greedy", new GenerationOptions());
    }

    [Theory, MemberData(nameof(BeamCases))]
    public void Generate_ThreeBeams_GivesReferenceTokens(string name)
    {
        using GoldenCase golden = GoldenCase.Open(name);
        Compare(golden, "beam3", new GenerationOptions { NumBeams = 3 });
    }

    [Theory, MemberData(nameof(AllKinds))]
    public void Generate_PromptsOfUnlikeLength_GivesWhatEachGivesAlone(GenerationOptions options)
    {
        using BaseModel model = TinyLlama.Create();
        using PeftModel peft = new(model);
        using TokenGenerator generator = new(peft);
        IReadOnlyList<GeneratedTokens> together = generator.Generate(_prompts, options);
        // Row i draws from stream i, so only the first row can be compared where tokens are drawn.
        for (int row = 0; row < (options.DoSample ? 1 : _prompts.Length); row++)
            Assert.Equal(generator.Generate(_prompts[row], options).Ids, together[row].Ids);
    }

    [Theory, MemberData(nameof(AllKinds))]
    public void Generate_OneAdapterARow_GivesWhatEachGivesAlone(GenerationOptions options)
    {
        using BaseModel model = TinyLlama.Create();
        using PeftModel peft = TinyLlama.WithAdapters(model, 3);
        using TokenGenerator generator = new(peft);
        int[] prompt = [5, 9, 3];
        IReadOnlyList<GeneratedTokens> mixed = generator.Generate([prompt, prompt, prompt, prompt], options, Composition.ByRow(_names));
        for (int row = 0; row < _names.Length; row++)
        {
            Composition one = _names[row] == Composition.BaseName ? Composition.None : Composition.Of(_names[row]);
            IReadOnlyList<GeneratedTokens> alone = generator.Generate([prompt, prompt, prompt, prompt], options, one);
            Assert.Equal(alone[row].Ids, mixed[row].Ids);
        }
        Assert.Equal(4, mixed.Select(row => string.Join(' ', row.Ids)).Distinct().Count());
    }

    [Fact]
    public void Generate_WithCache_GivesWhatTheWholeSequenceGives()
    {
        using BaseModel model = TinyLlama.Create();
        using PeftModel peft = TinyLlama.WithAdapters(model, 1);
        using TokenGenerator generator = new(peft);
        List<long> sequence = [5, 9, 3];
        using var noGrad = no_grad();
        for (int i = 0; i < 20; i++)
        {
            using var scope = NewDisposeScope();
            ModelInput input = new() { InputIds = tensor(sequence.ToArray()).unsqueeze(0) };
            sequence.Add(model.ForwardLast(input, peft.Pass(), cache: null).argmax(-1).item<long>());
        }
        Assert.Equal(
            sequence.Skip(3).Select(id => (int)id),
            generator.Generate([5, 9, 3], new() { MaxNewTokens = 20 }).Ids);
    }

    [Fact]
    public void Generate_SameSeed_GivesTheSameWhateverTorchsSeed()
    {
        using BaseModel model = TinyLlama.Create();
        using PeftModel peft = new(model);
        using TokenGenerator generator = new(peft);
        GenerationOptions options = new() { MaxNewTokens = 20, DoSample = true, Temperature = 3, Seed = 5 };
        IReadOnlyList<int> first = generator.Generate([1], options).Ids;
        manual_seed(99);
        Assert.Equal(first, generator.Generate([1], options).Ids);
        Assert.NotEqual(first, generator.Generate([1], options with { Seed = 6 }).Ids);
        Assert.NotEqual(
            generator.Generate([1], options with { Seed = null }).Ids,
            generator.Generate([1], options with { Seed = null }).Ids);
    }

    [Fact]
    public void Generate_MaxLength_CountsThePromptOfEachRow()
    {
        using BaseModel model = TinyLlama.Create();
        using PeftModel peft = new(model);
        using TokenGenerator generator = new(peft);
        foreach (int beams in new[] { 1, 2 })
            Assert.Equal([7, 9, 3, 8], generator.Generate(_prompts, new() { MaxLength = 10, NumBeams = beams, EosTokenIds = [] }).Select(row => row.Ids.Count));
        PeftException error = Assert.Throws<PeftException>(() => generator.Generate(_prompts, new() { MaxLength = 7 }));
        Assert.Contains("max_length is 7", error.Message, StringComparison.Ordinal);
        Assert.Equal(5, generator.Generate([1], new() { MaxLength = 7, MaxNewTokens = 5, EosTokenIds = [] }).Ids.Count);
    }

    [Fact]
    public void Generate_TimeIsOver_EndsWithTheTokenThatWasBegun()
    {
        using BaseModel model = TinyLlama.Create();
        using PeftModel peft = new(model);
        using TokenGenerator generator = new(peft);
        foreach (int beams in new[] { 1, 3 })
        {
            GeneratedTokens result = generator.Generate([1, 2], new() { MaxTime = 1e-9, NumBeams = beams, EosTokenIds = [] });
            Assert.Single(result.Ids);
            Assert.Equal(FinishReason.Length, result.FinishReason);
        }
    }

    [Fact]
    public void Generate_NoTokenLeft_SaysWhy()
    {
        using BaseModel model = TinyLlama.Create();
        using PeftModel peft = new(model);
        using TokenGenerator generator = new(peft);
        PeftException error = Assert.Throws<PeftException>(() => generator.Generate([1], new() { SuppressTokens = [.. Enumerable.Range(0, 64)] }));
        Assert.Contains("suppress_tokens", error.Message, StringComparison.Ordinal);
        Assert.Contains("bad_words_ids", Assert.Throws<PeftException>(() => generator.Generate([1], new() { BadWordsIds = [[64]] })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Generate_InvalidValuesRemoved_GoesOn()
    {
        using BaseModel model = TinyLlama.Create();
        using PeftModel peft = TinyLlama.WithAdapters(model, 1);
        using (no_grad())
        using (Tensor broken = ScalarMath.Full(peft.Find("a").Trainable[0].Value.shape, double.NaN))
            peft.Find("a").Trainable[0].Value.copy_(broken);
        using TokenGenerator generator = new(peft);
        Assert.Equal([0, 0], generator.Generate([1], new() { MaxNewTokens = 2, RemoveInvalidValues = true }).Ids);
    }

    [Fact]
    public void Generate_DrawnBeams_AreDecidedByTheSeed()
    {
        using BaseModel model = TinyLlama.Create();
        using PeftModel peft = new(model);
        using TokenGenerator generator = new(peft);
        GenerationOptions options = new() { MaxNewTokens = 12, DoSample = true, NumBeams = 3, TopK = 0, Temperature = 2, Seed = 5 };
        IReadOnlyList<int> first = generator.Generate([1], options).Ids;
        Assert.Equal(first, generator.Generate([1], options).Ids);
        Assert.NotEqual(first, generator.Generate([1], options with { Seed = 6 }).Ids);
    }

    [Fact]
    public void Generate_EqualPromptsInABatch_DrawsUnlikeTexts()
    {
        using BaseModel model = TinyLlama.Create();
        using PeftModel peft = new(model);
        using TokenGenerator generator = new(peft);
        IReadOnlyList<GeneratedTokens> rows = generator.Generate([[1], [1]], new() { MaxNewTokens = 20, DoSample = true, Temperature = 3, Seed = 5 });
        Assert.NotEqual(rows[0].Ids, rows[1].Ids);
    }

    [Fact]
    public void Generate_EndToken_EndsItsRowOnly()
    {
        using BaseModel model = TinyLlama.Create();
        using PeftModel peft = new(model);
        using TokenGenerator generator = new(peft);
        GenerationOptions options = new() { MaxNewTokens = 16 };
        IReadOnlyList<GeneratedTokens> free = generator.Generate(_prompts, options);
        int end = free[0].Ids[4];
        IReadOnlyList<GeneratedTokens> ended = generator.Generate(_prompts, options with { EosTokenIds = [end], PadTokenId = 0 });
        for (int row = 0; row < _prompts.Length; row++)
        {
            int at = free[row].Ids.ToList().IndexOf(end);
            Assert.Equal(at < 0 ? free[row].Ids : free[row].Ids.Take(at + 1), ended[row].Ids);
            Assert.Equal(at < 0 ? FinishReason.Length : FinishReason.Stop, ended[row].FinishReason);
        }
        Assert.True(ended[0].Ids.Count <= 5);
    }

    [Fact]
    public void Generate_SinkSaysNo_EndsThatRow()
    {
        using BaseModel model = TinyLlama.Create();
        using PeftModel peft = new(model);
        using TokenGenerator generator = new(peft);
        List<(int Row, int Token)> told = [];
        IReadOnlyList<GeneratedTokens> rows = generator.Generate(
            [[1], [2]], new() { MaxNewTokens = 6 },
            onToken: (row, token) =>
            {
                told.Add((row, token));
                return row != 1 || told.Count(t => t.Row == 1) < 2;
            });
        Assert.Equal(2, rows[1].Ids.Count);
        Assert.Equal(FinishReason.Stop, rows[1].FinishReason);
        Assert.Equal(6, rows[0].Ids.Count);
        Assert.Equal(rows[0].Ids, told.Where(t => t.Row == 0).Select(t => t.Token));
    }

    [Fact]
    public void Generate_ReachesTheLastPosition_StopsThere()
    {
        using BaseModel model = TinyLlama.Create(positions: 12);
        using PeftModel peft = new(model);
        using TokenGenerator generator = new(peft);
        foreach (int beams in new[] { 1, 2 })
        {
            GeneratedTokens result = generator.Generate([1, 2, 3, 4], new() { MaxNewTokens = 50, NumBeams = beams, EosTokenIds = [] });
            Assert.Equal(8, result.Ids.Count);
            Assert.Equal(FinishReason.Length, result.FinishReason);
        }
        PeftException tooLong = Assert.Throws<PeftException>(() => generator.Generate(new int[12], new()));
        Assert.Contains("12 positions", tooLong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Generate_UnusableInput_SaysWhatIsWrong()
    {
        using BaseModel model = TinyLlama.Create();
        using PeftModel peft = TinyLlama.WithAdapters(model, 1);
        using TokenGenerator generator = new(peft);
        Assert.Contains("64", Assert.Throws<PeftException>(() => generator.Generate([64])).Message, StringComparison.Ordinal);
        Assert.Contains("-1", Assert.Throws<PeftException>(() => generator.Generate([-1])).Message, StringComparison.Ordinal);
        Assert.Contains("bos_token_id", Assert.Throws<PeftException>(() => generator.Generate(Array.Empty<int>())).Message, StringComparison.Ordinal);
        Assert.Contains("no adapter", Assert.Throws<AdapterNotFoundException>(() => generator.Generate([1], null, Composition.Of("z"))).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => generator.Generate(Array.Empty<int[]>()));
        Assert.Throws<ArgumentException>(() => generator.Generate([[1], [2]], null, Composition.ByRow("a")));
        Assert.Throws<ArgumentException>(() => generator.Generate([1], new() { NumBeams = 2 }, onToken: (_, _) => true));
        Assert.Throws<ArgumentException>(() => generator.Generate([1], new() { MaxNewTokens = 0 }));
    }

    [Fact]
    public void Generate_EmptyPrompt_BeginsWithTheFirstToken()
    {
        using BaseModel model = TinyLlama.Create();
        using PeftModel peft = new(model);
        using TokenGenerator generator = new(peft);
        GenerationOptions options = new() { MaxNewTokens = 5, BosTokenId = 3 };
        Assert.Equal(generator.Generate([3], options).Ids, generator.Generate(Array.Empty<int>(), options).Ids);
    }

    [Fact]
    public void Constructor_ModelOfAnotherTask_SaysSo()
    {
        using BaseModel model = BaseModel.Create(
            ModelConfig.Parse(TinyLlama.Create().Config.Json, "test"), new() { Task = TaskType.FeatureExtraction });
        using PeftModel peft = new(model);
        Assert.Contains("CAUSAL_LM", Assert.Throws<PeftException>(() => new TokenGenerator(peft)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Generate_BrokenWeights_SaysThatLogitsAreNoNumbers()
    {
        using BaseModel model = TinyLlama.Create();
        using PeftModel peft = TinyLlama.WithAdapters(model, 1);
        using (no_grad())
        using (Tensor broken = ScalarMath.Full(peft.Find("a").Trainable[0].Value.shape, double.NaN))
            peft.Find("a").Trainable[0].Value.copy_(broken);
        using TokenGenerator generator = new(peft);
        foreach (GenerationOptions options in new GenerationOptions[] { new(), new() { DoSample = true }, new() { NumBeams = 2 } })
            Assert.Contains("not numbers", Assert.Throws<PeftException>(() => generator.Generate([1], options)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Generate_MoreRowsThanMemory_IsRefused()
    {
        using BaseModel model = TinyLlama.Create();
        using PeftModel peft = new(model);
        using TokenGenerator generator = new(peft);
        string Refused(GenerationOptions options) => Assert.Throws<PeftException>(() => generator.Generate((int[][])[[1]], options)).Message;
        Assert.Contains("num_beams is 2147483647", Refused(new() { NumBeams = int.MaxValue }), StringComparison.Ordinal);
        Assert.Contains("num_return_sequences is 2147483647", Refused(new() { DoSample = true, NumReturnSequences = int.MaxValue }), StringComparison.Ordinal);
    }

    [Fact]
    public void Generate_Cancelled_StopsBetweenTokens()
    {
        using BaseModel model = TinyLlama.Create();
        using PeftModel peft = new(model);
        using TokenGenerator generator = new(peft);
        using CancellationTokenSource cancel = new();
        int told = 0;
        Assert.Throws<OperationCanceledException>(() => generator.Generate([1], new() { MaxNewTokens = 50 }, onToken: (_, _) =>
        {
            if (++told == 3)
                cancel.Cancel();
            return true;
        }, cancellationToken: cancel.Token));
        Assert.Equal(3, told);
    }

    [Theory, MemberData(nameof(AllKinds))]
    public void Generate_TokenAfterToken_KeepsNoTensor(GenerationOptions options)
    {
        using BaseModel model = TinyLlama.Create();
        using PeftModel peft = TinyLlama.WithAdapters(model, 2);
        using TokenGenerator generator = new(peft);
        long Live(int tokens)
        {
            // Unlike prompts, so that the mask is there too.
            generator.Generate(_prompts, options with { MaxNewTokens = tokens }, Composition.Of("a"));
            return DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        }
        Live(60);
        long before = Live(5);
        Assert.Equal(before, Live(60));
        Assert.Equal(before, Live(5));
    }

    [Fact]
    public void Generate_WhileRunning_KeepsNoTensorPerToken()
    {
        using BaseModel model = TinyLlama.Create();
        using PeftModel peft = TinyLlama.WithAdapters(model, 1);
        using TokenGenerator generator = new(peft);
        List<long> live = [];
        generator.Generate(_prompts, new() { MaxNewTokens = 40 }, onToken: (_, _) =>
        {
            live.Add(DisposeScopeManager.Statistics.ThreadTotalLiveCount);
            return true;
        });
        Assert.Single(live.Distinct());
    }

    [Fact]
    public void Generate_OnEightThreads_GivesWhatEachAdapterGivesAlone()
    {
        using BaseModel model = TinyLlama.Create();
        using PeftModel peft = TinyLlama.WithAdapters(model, 8);
        using TokenGenerator generator = new(peft);
        GenerationOptions options = new() { MaxNewTokens = 16 };
        string[] names = [.. peft.Adapters.Keys.Order(StringComparer.Ordinal)];
        IReadOnlyList<int>[] alone = [.. names.Select((name, i) => generator.Generate(_prompts[i % 4], options, Composition.Of(name)).Ids)];
        Parallel.For(0, 64, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
            Assert.Equal(alone[i % 8], generator.Generate(_prompts[i % 8 % 4], options, Composition.Of(names[i % 8])).Ids));
    }

    [Fact]
    public void Generate_Merged_GivesWhatTheAdapterGives()
    {
        using BaseModel model = TinyLlama.Create();
        using PeftModel peft = TinyLlama.WithAdapters(model, 1);
        using TokenGenerator generator = new(peft);
        GenerationOptions options = new() { MaxNewTokens = 12 };
        IReadOnlyList<int> adapted = generator.Generate([4, 5], options).Ids;
        Assert.NotEqual(adapted, generator.Generate([4, 5], options, Composition.None).Ids);
        peft.Merge();
        Assert.Equal(adapted, generator.Generate([4, 5], options).Ids);
    }

    private static void Compare(GoldenCase golden, string name, GenerationOptions options)
    {
        int[] prompt = FirstRow(golden.Expected("input_ids"));
        int[] expected = FirstRow(golden.Expected(name));
        using TokenGenerator generator = new(golden.Model);
        GeneratedTokens result = generator.Generate(prompt, options with { MaxNewTokens = 10, PadTokenId = 0 });
        // The reference begins with the prompt, or with the token that the decoder begins with.
        int[] ids = [.. golden.Base.IsEncoderDecoder ? [(int)golden.Base.Config.Number("decoder_start_token_id")] : prompt, .. result.Ids];
        Assert.Equal(expected, ids);
    }

    private static int[] FirstRow(Tensor ids) => [.. ids.select(0, 0).data<long>().Select(id => (int)id)];
}
