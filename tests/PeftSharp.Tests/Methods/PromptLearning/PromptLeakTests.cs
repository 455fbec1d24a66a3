using PeftSharp.Adapters;
using PeftSharp.Generation;
using PeftSharp.Methods.HubPrefix;
using PeftSharp.Methods.HubPrompt;
using PeftSharp.Methods.PrefixTuning;
using PeftSharp.Methods.PTuning;
using PeftSharp.Models;
using PeftSharp.Tests.Generation;
using PeftSharp.Tests.Tensors;
using PeftSharp.Tests.Training;
using PeftSharp.Training;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Methods.PromptLearning;

/// <summary>Counts live tensors, so nothing else may run.</summary>
[Collection(nameof(Alone))]
public sealed class PromptLeakTests
{
    private static readonly Dictionary<string, PeftOptions> _options = new()
    {
        ["prefix"] = new PrefixTuningOptions { NumVirtualTokens = 4, PrefixProjection = true },
        ["prompt"] = new PTuningOptions { NumVirtualTokens = 3, Reparameterization = PromptReparameterization.Lstm },
        ["part"] = new HubPrefixOptions { PrefixLength = 5, BottleneckSize = 6, LeaveOut = [0] },
        ["after"] = new HubPromptOptions { PromptLength = 5, Combine = HubPromptPlace.PrefixAfterBos },
    };

    [Theory]
    [InlineData("bert", "prompt")]
    [InlineData("bert", "prefix")]
    [InlineData("bert", "part")]
    [InlineData("bert", "after")]
    [InlineData("llama", "prompt")]
    [InlineData("llama", "prefix")]
    [InlineData("llama", "part")]
    public void Train_ThenDispose_LeavesNoTensorBehind(string family, string name) =>
        TwoRounds.LeaveNothing(
            () => TinyModel.Open(family, _options[name]),
            tiny => tiny.Train(tiny.Data(8, 8), Runs.Short(3) with { Evaluation = new() { Strategy = IntervalStrategy.Steps, Steps = 1 } }));

    [Fact]
    public void GenerateLearnAndDispose_ManyTimes_LeavesNoTensors()
    {
        long before = Cycle();
        for (int i = 0; i < 5; i++)
            Assert.InRange(Cycle() - before, -4, 4);
    }

    [Fact]
    public void Generate_ManyTimes_HoldsNoMoreEachTime()
    {
        using BaseModel model = TinyLlama.Create();
        using PeftModel peft = WithPrompts(model);
        using TokenGenerator generator = new(peft);
        Generate(generator);
        long before = LiveTensors.Settled();
        for (int i = 0; i < 4; i++)
            Generate(generator);
        Assert.InRange(Tensor.TotalCount - before, -4, 4);
    }

    private static long Cycle()
    {
        using (BaseModel model = TinyLlama.Create())
        using (PeftModel peft = WithPrompts(model))
        using (TokenGenerator generator = new(peft))
        {
            Generate(generator);
            using var scope = NewDisposeScope();
            Tensor ids = tensor(new long[] { 3, 4, 5, 6 }).view(2, 2);
            foreach (Composition composition in (Composition[])[Composition.Stacked("prefix", "prompt"), Composition.ByRow("prefix", "prompt"), Composition.ByRow("part", "prompt")])
            {
                LossSum loss = model.Loss(new ModelInput { InputIds = ids }, new Targets { Labels = ids }, peft.Pass(composition, training: true));
                loss.Sum.backward();
            }
        }
        // What a backward pass of custom functions leaves to the collector is no leak.
        return LiveTensors.Settled();
    }

    private static void Generate(TokenGenerator generator)
    {
        GenerationOptions options = new() { MaxNewTokens = 6 };
        generator.Generate([[4, 5], [6]], options, Composition.ByRow("prefix", "prompt"));
        generator.Generate([[4, 5], [6]], options with { NumBeams = 3 }, Composition.ByRow("part", Composition.BaseName));
        generator.Generate([4, 5], options, Composition.Stacked("prefix", "prompt"));
    }

    private static PeftModel WithPrompts(BaseModel model)
    {
        PeftModel peft = new(model);
        foreach (string name in (string[])["prefix", "prompt", "part"])
            peft.AddAdapter(_options[name], name);
        return peft;
    }
}
