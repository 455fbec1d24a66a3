using PeftSharp.Adapters;
using PeftSharp.Generation;
using PeftSharp.Kernels;
using PeftSharp.Methods.HubPrefix;
using PeftSharp.Methods.HubPrompt;
using PeftSharp.Methods.Lora;
using PeftSharp.Models;
using PeftSharp.Tests.Generation;
using PeftSharp.Tests.Parity;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Methods.PromptLearning;

/// <summary>
/// Prefixes that some layers do not have, and rows beside finished embeddings: where layers and rows of the batch see
/// fronts of unlike width, each row computes what it computes alone.
/// </summary>
public sealed class UnlikeFrontsTests
{
    private const double Tolerance = 1e-5;
    private static readonly string[] _encoders = ["bert", "bert_tokcls", "bert_qa", "bert_embed"];
    private static readonly string[] _decoders = ["llama", "llama_seqcls", "llama_tied_rope"];

    /// <summary>Each family with what three rows run: adapters, several of them joined by a plus.</summary>
    public static TheoryData<string, string> Mixes =>
    [
        .. from family in _encoders.Concat(_decoders)
           from mix in (string[])["first second none", "first first second", "prefix none second", "gated none first", "first+second prefix none"]
           select (family, mix),
        .. from family in _encoders
           from mix in (string[])["hub none after", "after prompt none", "prompt hub after", "first+after hub+prompt second", "after+prompt none hub", "hub+after after prefix"]
           select (family, mix),
    ];

    public static TheoryData<string> Encoders => [.. _encoders];

    [Theory, MemberData(nameof(Mixes))]
    public void Forward_OfMixedRows_GivesWhatEachGivesAlone(string family, string mix)
    {
        using var scope = NewDisposeScope();
        using Prompted prompted = WithHub(family);
        Composition[] rows = [.. mix.Split(' ').Select(Named)];
        Tensor mixed = prompted.Model.Forward(prompted.Input, Composition.ByRows(rows));
        for (int row = 0; row < rows.Length; row++)
        {
            Tensor alone = prompted.Model.Forward(prompted.InputOf(row), rows[row])[0];
            Close.Relative(prompted.Real(alone, row), prompted.Real(mixed[row], row), Tolerance, $"row {row}, {rows[row]}");
        }
    }

    [Theory, MemberData(nameof(Mixes))]
    public void Loss_OfMixedRows_IsTheSumOfThatOfEach(string family, string mix)
    {
        using var scope = NewDisposeScope();
        using Prompted prompted = WithHub(family);
        if (prompted.Targets.Labels is not { } labels)
            return;
        Composition[] rows = [.. mix.Split(' ').Select(Named)];
        LossSum mixed = prompted.Base.Loss(prompted.Input, prompted.Targets, prompted.Model.Pass(Composition.ByRows(rows)));
        LossSum[] alone = [.. rows.Select((one, row) =>
            prompted.Base.Loss(prompted.InputOf(row), new Targets { Labels = labels.narrow(0, row, 1) }, prompted.Model.Pass(one)))];
        Assert.Equal(alone.Sum(loss => loss.Count), mixed.Count);
        Close.Relative(alone[0].Sum.Plus(alone[1].Sum).Plus(alone[2].Sum), mixed.Sum, Tolerance, "loss");
    }

    [Theory, MemberData(nameof(Mixes))]
    public void Backward_OfMixedRows_ReachesEveryAdapter(string family, string mix)
    {
        using var scope = NewDisposeScope();
        using Prompted prompted = WithHub(family);
        Composition[] rows = [.. mix.Split(' ').Select(Named)];
        prompted.Base.Forward(prompted.Input, prompted.Model.Pass(Composition.ByRows(rows))).Squared().sum().backward();
        foreach (string name in rows.SelectMany(row => row.Names).Distinct())
            Assert.True(prompted.Model.Find(name).Trainable[0].Value.grad!.abs().max().item<float>() > 0, name);
    }

    [Theory, MemberData(nameof(Encoders))]
    public void Forward_PaddedInABatch_GivesWhatTheRowGivesAlone(string family)
    {
        using var scope = NewDisposeScope();
        using Prompted prompted = WithHub(family);
        foreach (string name in (string[])["first", "hub", "after"])
        {
            Tensor batch = prompted.Model.Forward(prompted.Input, Composition.Of(name));
            for (int row = 0; row < 3; row++)
                Close.Relative(prompted.Unpadded(row, name), prompted.Real(batch[row], row), Tolerance, $"{name}, row {row}");
        }
    }

    [Theory]
    [InlineData("bert", "first", 0)]
    [InlineData("bert", "second", 1)]
    [InlineData("llama", "first", 0)]
    [InlineData("llama", "second", 1)]
    public void Hidden_OfLayerThatIsLeftOut_IsItsOwnAlone(string family, string name, int leftOut)
    {
        using var scope = NewDisposeScope();
        using Prompted prompted = WithHub(family);
        List<Tensor> states = [], bare = [];
        prompted.Base.Hidden(prompted.Input, prompted.Model.Pass(Composition.Of(name)), states.Add);
        prompted.Base.Hidden(prompted.Input, Pass.Bare, bare.Add);
        Assert.Equal(leftOut == 0, Same(1));
        Assert.False(Same(2));
        foreach (Tensor state in states.Concat(bare))
            state.Dispose();

        bool Same(int at) => states[at].data<float>().ToArray().SequenceEqual(bare[at].data<float>().ToArray());
    }

    [Theory, MemberData(nameof(Encoders))]
    public void Forward_StackedWithLora_DependsOnBoth(string family)
    {
        using var scope = NewDisposeScope();
        using Prompted prompted = WithHub(family);
        prompted.Model.AddAdapter(new LoraOptions { Init = LoraInit.Random }, "lora", seed: 4);
        foreach (string name in (string[])["first", "hub", "after"])
        {
            Tensor both = Logits("lora", name);
            Assert.False(both.allclose(Logits("lora"), 1e-3, 1e-3), name);
            Assert.False(both.allclose(Logits(name), 1e-3, 1e-3), name);
        }

        Tensor Logits(params string[] names) => prompted.Model.Forward(prompted.Input, Composition.Stacked(names));
    }

    [Fact]
    public void MaxTokens_OfHubPrompt_AreAllPositions()
    {
        using BaseModel model = MethodVariants.Load("bert");
        using PeftModel peft = new(model);
        peft.AddAdapter(new HubPromptOptions { PromptLength = 40 });
        Assert.Equal(model.MaxPositions, peft.MaxTokens);
        using Tensor ids = ones([1, model.MaxPositions], dtype: ScalarType.Int64);
        peft.Forward(new ModelInput { InputIds = ids }).Dispose();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Generate_WithUnlikeLayersInEachRow_GivesWhatTheWholeSequenceGives(int beams)
    {
        using BaseModel model = TinyLlama.Create();
        using PeftModel peft = new(model);
        AddPrefixes(peft);
        using TokenGenerator generator = new(peft);
        GenerationOptions options = new() { MaxNewTokens = 10, NumBeams = beams, EosTokenIds = [2], PadTokenId = 0 };
        int[][] prompts = [[5, 9, 3], [7], [1, 2, 3, 4, 5, 6, 7], [60, 61]];
        Composition[] rows = [.. "first none second first+second".Split(' ').Select(Named)];
        IReadOnlyList<GeneratedTokens> mixed = generator.Generate(prompts, options, Composition.ByRows(rows));
        for (int row = 0; row < rows.Length; row++)
        {
            Assert.Equal(PlainBeamSearch.Run(model, prompts[row], options, peft.Pass(rows[row])), mixed[row].Ids);
            Assert.Equal(generator.Generate(prompts[row], options, rows[row]).Ids, mixed[row].Ids);
        }
    }

    private static Composition Named(string names) =>
        names == "none" ? Composition.None : names.Contains('+', StringComparison.Ordinal) ? Composition.Stacked(names.Split('+')) : Composition.Of(names);

    private static Prompted WithHub(string family)
    {
        Prompted prompted = new(family);
        AddPrefixes(prompted.Model);
        if (prompted.Base.Config.ModelType == "bert")
        {
            prompted.Model.AddAdapter(new HubPromptOptions { PromptLength = 3 }, "hub", seed: 8);
            prompted.Model.AddAdapter(new HubPromptOptions { PromptLength = 4, Combine = HubPromptPlace.PrefixAfterBos }, "after", seed: 9);
        }
        return prompted;
    }

    /// <summary>Prefixes that leave out the first layer, the second one, and none.</summary>
    private static void AddPrefixes(PeftModel model)
    {
        Add("first", new HubPrefixOptions { PrefixLength = 6, Flat = true, LeaveOut = [0] }, 5);
        Add("second", new HubPrefixOptions { PrefixLength = 3, BottleneckSize = 7, LeaveOut = [1] }, 6);
        Add("gated", new HubPrefixOptions { PrefixLength = 4, Flat = true, LeaveOut = [1], UseGating = true, SharedGating = false }, 7);

        void Add(string name, HubPrefixOptions options, long seed)
        {
            Adapter adapter = model.AddAdapter(options, name, seed);
            using var noGrad = no_grad();
            // A fresh prefix is too near to nothing to tell rows apart by it.
            foreach (TrainableTensor tensor in adapter.Trainable)
                tensor.Value.TimesInPlace(30);
        }
    }
}
