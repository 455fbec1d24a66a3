using PeftSharp.Data;
using PeftSharp.Methods.FullFineTuning;
using PeftSharp.Training;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Training;

[Collection(SeededTorch.Name)]
public sealed class StepRunnerTests
{
    public static TheoryData<string> Families => ["bert", "bert_tokcls", "bert_qa", "llama", "llama_seqcls"];

    /// <summary>Micro-batches differ in their label counts, so a mean of means would differ.</summary>
    [Theory, MemberData(nameof(Families))]
    public void Run_FourTimesFour_GivesTheGradientOfSixteen(string family)
    {
        using TinyModel tiny = TinyModel.Open(family, TinyModel.Lora(dropout: 0));
        TrainingData data = tiny.Data(16);
        TrainingOptions options = Runs.Short(1);
        float[] whole = Gradient(tiny, data, options with { Batches = new() { TrainSize = 16 } });
        float[] parts = Gradient(tiny, data, options with { Batches = new() { TrainSize = 4, Accumulation = 4 } });
        float scale = whole.Max(Math.Abs);
        Assert.True(scale > 0);
        Assert.True(whole.Zip(parts).Max(pair => Math.Abs(pair.First - pair.Second)) <= 1e-6 * scale);
    }

    [Fact]
    public void Run_FullBatch_GivesTheGradientOfTheMeanLoss()
    {
        using TinyModel tiny = TinyModel.Open("llama", new FullFineTuningOptions());
        TrainingData data = tiny.Data(4);
        float[] gradient = Gradient(tiny, data, Runs.Short(1) with { Batches = new() { TrainSize = 4 } });
        using var scope = NewDisposeScope();
        PaddedBatch padded = new();
        new Collator(0).Collate(data.Train, [0, 1, 2, 3], padded);
        tiny.Base.Loss(BatchTensors.Input(padded, CPU), BatchTensors.Labels(padded, CPU), tiny.Model.Pass()).Mean().backward();
        float[] expected = [.. tiny.Adapter.Trainable.SelectMany(tensor => tensor.Value.grad!.data<float>().ToArray())];
        Assert.True(gradient.Zip(expected).Max(pair => Math.Abs(pair.First - pair.Second)) <= 1e-6 * expected.Max(Math.Abs));
    }

    [Fact]
    public void Run_SameStepAgain_DrawsTheSameDropout()
    {
        using TinyModel tiny = TinyModel.Open("bert", TinyModel.Lora(dropout: 0.5));
        TrainingData data = tiny.Data(8);
        // B starts at 0 and hides the dropout of A; take a step first.
        tiny.Train(data, Runs.Short(1));
        using StepRunner runner = new(tiny.Model, tiny.Adapter, data, Runs.Short(1));
        double Loss(long step) => runner.Run(step, [[0, 1, 2, 3]], (_, _) => new InvalidOperationException()).LossSum;
        double first = Loss(5);
        manual_seed(123).Dispose();
        Assert.Equal(first, Loss(5));
        Assert.NotEqual(first, Loss(6));
    }

    private static float[] Gradient(TinyModel tiny, TrainingData data, TrainingOptions options)
    {
        using var scope = NewDisposeScope();
        using AdamWOptimizer optimizer = new(tiny.Adapter, tiny.Base, options.Optimizer);
        using StepRunner runner = new(tiny.Model, tiny.Adapter, data, options);
        StepOutcome outcome = runner.Run(0, new TrainingPlan(data.Train, options)[0], (_, loss) => new InvalidOperationException($"{loss}"));
        GradientSet gradients = optimizer.Gradients();
        gradients.NormaliseAndClip(outcome.Labels, maxNorm: 0);
        float[] values = [.. gradients.Values.SelectMany(gradient => gradient.data<float>().ToArray())];
        optimizer.ClearGradients();
        Assert.Empty(optimizer.Gradients().Values);
        return values;
    }
}
