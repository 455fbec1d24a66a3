using PeftSharp.Kernels;
using PeftSharp.Adapters;
using PeftSharp.Methods.Lora;
using PeftSharp.Methods.MultitaskPromptTuning;
using PeftSharp.Methods.PrefixTuning;
using PeftSharp.Methods.PromptLearning;
using PeftSharp.Methods.PromptTuning;
using PeftSharp.Methods.PTuning;
using PeftSharp.Models;
using PeftSharp.Tests.Parity;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Methods.PromptLearning;

/// <summary>Virtual tokens in every task: alone, mixed by row, stacked, and switched off.</summary>
public sealed class VirtualTokensTests
{
    private const double Tolerance = 1e-5;
    private static readonly string[] _families = ["bert", "bert_tokcls", "bert_qa", "bert_embed", "llama", "llama_seqcls", "llama_tied_rope"];
    private static readonly string[] _names = ["prefix", Composition.BaseName, "prompt"];

    public static TheoryData<string> Families => [.. _families];

    [Theory, MemberData(nameof(Families))]
    public void Forward_OfMixedRows_GivesWhatEachGivesAlone(string family)
    {
        using var scope = NewDisposeScope();
        using Prompted prompted = new(family);
        Tensor mixed = prompted.Model.Forward(prompted.Input, Composition.ByRow(_names));
        for (int row = 0; row < _names.Length; row++)
            Close.Relative(prompted.Real(prompted.Alone(row, _names[row]), row), prompted.Real(mixed[row], row), Tolerance, $"row {row}, {_names[row]}");
    }

    [Theory, MemberData(nameof(Families))]
    public void Loss_OfMixedRows_IsTheSumOfThatOfEach(string family)
    {
        using var scope = NewDisposeScope();
        using Prompted prompted = new(family);
        if (prompted.Base.Task is TaskType.FeatureExtraction or TaskType.QuestionAnswering)
            return;
        LossSum mixed = prompted.Base.Loss(prompted.Input, prompted.Targets, prompted.Model.Pass(Composition.ByRow(_names)));
        LossSum[] alone = [.. _names.Select((name, row) => prompted.Base.Loss(
            prompted.InputOf(row), new Targets { Labels = prompted.Targets.Labels!.narrow(0, row, 1) }, prompted.Model.Pass(Prompted.One(name))))];
        Assert.Equal(alone[1].Count + alone[0].Count + alone[2].Count, mixed.Count);
        Close.Relative(alone[0].Sum.Plus(alone[1].Sum).Plus(alone[2].Sum), mixed.Sum, Tolerance, "loss");
    }

    [Theory, MemberData(nameof(Families))]
    public void Forward_PaddedInABatch_GivesWhatTheRowGivesAlone(string family)
    {
        using var scope = NewDisposeScope();
        using Prompted prompted = new(family);
        foreach (string name in (string[])["prefix", "prompt"])
        {
            Tensor batch = prompted.Model.Forward(prompted.Input, Composition.Of(name));
            for (int row = 0; row < 3; row++)
                Close.Relative(prompted.Unpadded(row, name), prompted.Real(batch[row], row), Tolerance, $"{name}, row {row}");
        }
    }

    [Theory, MemberData(nameof(Families))]
    public void Forward_SwitchedOff_GivesTheBaseBitForBit(string family)
    {
        using var scope = NewDisposeScope();
        using Prompted prompted = new(family);
        Tensor bare = prompted.Base.Forward(prompted.Input, Pass.Bare);
        Tensor prefixed = prompted.Model.Forward(prompted.Input);
        Assert.False(bare.data<float>().ToArray().SequenceEqual(prefixed.data<float>().ToArray()));
        Assert.Equal(bare.data<float>().ToArray(), prompted.Model.Forward(prompted.Input, Composition.None).data<float>().ToArray());
    }

    [Theory, MemberData(nameof(Families))]
    public void Forward_StackedWithLora_DependsOnBoth(string family)
    {
        using var scope = NewDisposeScope();
        using Prompted prompted = new(family);
        Adapter lora = prompted.Model.AddAdapter(new LoraOptions { Init = LoraInit.Random }, "lora", seed: 4);
        Tensor Logits(params string[] names) => prompted.Model.Forward(prompted.Input, Composition.Stacked(names));
        Tensor both = Logits("lora", "prefix", "prompt");
        foreach (string[] part in (string[][])[["lora", "prefix"], ["lora", "prompt"], ["prefix", "prompt"]])
            Assert.False(both.allclose(Logits(part), 1e-3, 1e-3), string.Join(" + ", part));
        using (no_grad())
            foreach (TrainableTensor tensor in lora.Trainable.Where(tensor => tensor.Key.Contains("lora_B", StringComparison.Ordinal)))
                tensor.Value.zero_();
        // The heads of stacked adapters are the last one's.
        Close.Relative(Logits("prefix", "prompt"), Logits("lora", "prefix", "prompt"), Tolerance, "LoRA that is nothing");
    }

    [Theory, MemberData(nameof(Families))]
    public void Backward_OfMixedRows_ReachesEveryAdapter(string family)
    {
        using var scope = NewDisposeScope();
        using Prompted prompted = new(family);
        prompted.Base.Forward(prompted.Input, prompted.Model.Pass(Composition.ByRow(_names))).Squared().sum().backward();
        foreach (string name in (string[])["prefix", "prompt"])
            Assert.True(prompted.Model.Find(name).Trainable.First(tensor => tensor.Key == "prompt_embeddings").Value.grad!.abs().max().item<float>() > 0, name);
    }

    [Fact]
    public void Forward_OfTooLongText_SaysHowManyTokensAreVirtual()
    {
        using Prompted prompted = new("bert");
        using Tensor ids = ones([1, prompted.Base.MaxPositions - 4], dtype: ScalarType.Int64);
        PeftException error = Assert.Throws<PeftException>(() => prompted.Model.Forward(new ModelInput { InputIds = ids }));
        Assert.Contains("5 virtual tokens", error.Message, StringComparison.Ordinal);
        Assert.Contains($"at most {prompted.Base.MaxPositions - 5}", error.Message, StringComparison.Ordinal);
        Assert.Equal(prompted.Base.MaxPositions - 5, prompted.Model.MaxTokens);
        using Tensor fits = ones([1, prompted.Model.MaxTokens], dtype: ScalarType.Int64);
        prompted.Model.Forward(new ModelInput { InputIds = fits }).Dispose();
    }

    [Fact]
    public void Merge_OfVirtualTokens_SaysWhyNot()
    {
        using Prompted prompted = new("bert");
        Assert.Contains("PREFIX_TUNING", Assert.Throws<PeftException>(() => prompted.Model.Merge(Composition.Of("prefix"))).Message, StringComparison.Ordinal);
        Assert.Contains("virtual tokens", Assert.Throws<PeftException>(() => prompted.Model.Merge(Composition.Of("prompt"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AddAdapter_OfWrongNumber_SaysWhatFits()
    {
        using Prompted prompted = new("bert");
        foreach (Func<int, PromptLearningOptions> make in (Func<int, PromptLearningOptions>[])[
            n => new PrefixTuningOptions { NumVirtualTokens = n }, n => new PromptTuningOptions { NumVirtualTokens = n },
            n => new PTuningOptions { NumVirtualTokens = n }, n => new MultitaskPromptTuningOptions { NumVirtualTokens = n }])
            foreach (int count in (int[])[0, -3, prompted.Base.MaxPositions, int.MaxValue])
                Assert.Contains("num_virtual_tokens", Assert.Throws<PeftException>(() => prompted.Model.AddAdapter(make(count), "new")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AddAdapter_ForAnEncoderDecoder_IsRefused()
    {
        using Prompted prompted = new("llama");
        PeftOptions options = new PrefixTuningOptions { NumVirtualTokens = 3, NumTransformerSubmodules = 2 };
        Assert.Contains("encoder-decoder", Assert.Throws<PeftException>(() => prompted.Model.AddAdapter(options, "new")).Message, StringComparison.Ordinal);
    }
}
