using PeftSharp.Kernels;
using PeftSharp.Tests.Tensors;
using PeftSharp.Training;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Training;

/// <summary>The two halves of a batch, computed side by side, give what the whole gives.</summary>
[Collection(nameof(Alone))]
public sealed class StepRunnerLaneTests : IDisposable
{
    private readonly TwoThreads _two = new();

    public static TheoryData<string> Families => ["bert", "bert_tokcls", "bert_qa", "llama", "llama_seqcls"];

    public void Dispose() => _two.Dispose();

    [Theory, MemberData(nameof(Families))]
    public void Run_TwoThreads_GivesTheGradientOfOne(string family)
    {
        using TinyModel tiny = TinyModel.Open(family, TinyModel.Lora(dropout: 0));
        TrainingData data = tiny.Data(15);
        TrainingOptions options = Runs.Short(1) with { Batches = new() { TrainSize = 5, Accumulation = 3 } };
        (StepOutcome one, float[] expected) = Step(tiny, data, options, threads: 1);
        (StepOutcome two, float[] actual) = Step(tiny, data, options, threads: 2);
        Assert.Equal((one.Labels, one.Tokens), (two.Labels, two.Tokens));
        Assert.Equal(one.LossSum, two.LossSum, 1e-5 * one.LossSum);
        float scale = expected.Max(Math.Abs);
        Assert.True(scale > 0);
        Assert.True(expected.Zip(actual).Max(pair => Math.Abs(pair.First - pair.Second)) <= 1e-5 * scale);
    }

    [Fact]
    public void Run_TwoThreadsAgain_GivesTheSameBits()
    {
        using TinyModel tiny = TinyModel.Open("bert", TinyModel.Lora(dropout: 0.3));
        TrainingData data = tiny.Data(12);
        // B starts at 0 and hides the dropout of A; take a step first.
        tiny.Train(data, Runs.Short(1));
        TrainingOptions options = Runs.Short(1) with { Batches = new() { TrainSize = 4, Accumulation = 3 } };
        (_, float[] first) = Step(tiny, data, options, threads: 2);
        for (int i = 0; i < 5; i++)
            Assert.Equal(first, Step(tiny, data, options, threads: 2).Gradient);
        (_, float[] other) = Step(tiny, data, options with { Seed = options.Seed + 1 }, threads: 2);
        Assert.NotEqual(first, other);
    }

    [Fact]
    public void Run_LossOfOneHalfIsNoNumber_SaysSo()
    {
        using TinyModel tiny = TinyModel.Open("bert", TinyModel.Lora(dropout: 0));
        using (no_grad())
            tiny.Adapter.Trainable[0].Value.FillInPlace(double.NaN);
        using StepRunner runner = new(tiny.Model, tiny.Adapter, tiny.Data(4), Runs.Short(1));
        Exception thrown = Assert.Throws<InvalidOperationException>(
            () => runner.Run(0, [[0, 1], [2, 3]], (part, loss) => new InvalidOperationException($"{part}: {loss}")));
        Assert.Equal("0: NaN", thrown.Message);
    }

    [Fact]
    public void Run_TwoThreads_LeavesNoTensors()
    {
        using TinyModel tiny = TinyModel.Open("llama", TinyModel.Lora(dropout: 0.1));
        TrainingData data = tiny.Data(12);
        using StepRunner runner = new(tiny.Model, tiny.Adapter, data, Runs.Short(1));
        runner.Run(0, [[0, 1, 2], [3, 4, 5]], NotFinite);
        Clear();
        long before = LiveTensors.Settled();
        for (int step = 1; step < 4; step++)
        {
            runner.Run(step, [[0, 1, 2], [3, 4, 5]], NotFinite);
            Clear();
        }
        Assert.Equal(before, LiveTensors.Settled());

        void Clear()
        {
            foreach (var tensor in tiny.Adapter.Trainable)
                tensor.Value.grad = null;
        }
    }

    private static (StepOutcome Outcome, float[] Gradient) Step(TinyModel tiny, TrainingData data, TrainingOptions options, int threads)
    {
        set_num_threads(threads);
        using var scope = NewDisposeScope();
        using StepRunner runner = new(tiny.Model, tiny.Adapter, data, options);
        StepOutcome outcome = runner.Run(0, new TrainingPlan(data.Train, options)[0], NotFinite);
        float[] values = [.. tiny.Adapter.Trainable.SelectMany(tensor => tensor.Value.grad?.data<float>().ToArray() ?? [])];
        foreach (var tensor in tiny.Adapter.Trainable)
            tensor.Value.grad = null;
        return (outcome, values);
    }

    private static InvalidOperationException NotFinite(int part, double loss) => new($"{part}: {loss}");
}
