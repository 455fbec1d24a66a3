using PeftSharp.Adapters;
using PeftSharp.Data;
using PeftSharp.Kernels;
using PeftSharp.Methods.Lora;
using PeftSharp.Training;
using Xunit;

namespace PeftSharp.Tests.Training;

/// <summary>Layers that run once for each example give the losses of layers that run every epoch.</summary>
[Collection(SeededTorch.Name)]
public sealed class FrozenLayerCacheTests
{
    private const int Examples = 16, Epoch = 4;

    private static readonly LoraOptions _upper = new() { R = 4, LoraDropout = 0.2, LayersToTransform = [1] };

    [Theory]
    [InlineData("llama", PaddingSide.Right)]
    [InlineData("llama", PaddingSide.Left)]
    [InlineData("llama_seqcls", PaddingSide.Right)]
    [InlineData("bert", PaddingSide.Right)]
    [InlineData("bert_tokcls", PaddingSide.Right)]
    public void Train_ThreeEpochs_GivesTheSameLossesAndWeights(string family, PaddingSide padding)
    {
        (RecordingObserver kept, float[] weights) = Train(family, _upper, false, padding);
        (RecordingObserver cached, float[] same) = Train(family, _upper, true, padding);
        Assert.Null(kept.Starts[0].FrozenLayers);
        Assert.Contains("the lowest 1 of 2 layers", cached.Starts[0].FrozenLayers, StringComparison.Ordinal);
        Assert.Empty(cached.Warnings);
        AssertClose(kept, cached);
        Assert.True(weights.Zip(same).Max(pair => Math.Abs(pair.First - pair.Second)) <= 1e-5 * weights.Max(Math.Abs));
        // In the first epoch every batch is computed as ever.
        Assert.Equal(kept.Steps[..Epoch].Select(step => step.Loss), cached.Steps[..Epoch].Select(step => step.Loss));
    }

    [Fact]
    public void Train_HeadOnly_RunsNoLayerAgain()
    {
        LoraOptions head = new() { R = 4, TargetModules = TargetModules.Of("lm_head") };
        AssertClose(Train("llama", head, false).Observer, Train("llama", head, true, expected: "the lowest 2 of 2 layers").Observer);
    }

    [Fact]
    public void Train_WithGradientCheckpointing_GivesTheSameLosses() =>
        AssertClose(Train("llama", _upper, false).Observer, Train("llama", _upper, true, checkpointing: true).Observer);

    [Fact]
    public void Train_SecondEpoch_TakesFewerProducts()
    {
        List<double> operations = [];
        using TinyModel tiny = TinyModel.Open("llama", _upper);
        RecordingObserver observer = new() { OnStep = _ => operations.Add(KernelClock.Take().FrozenOperations) };
        KernelClock.Take();
        KernelClock.IsOn = true;
        tiny.Train(tiny.Data(Epoch * 4), Options(true), observer);
        KernelClock.IsOn = false;
        double tokens = observer.Steps[..Epoch].Sum(step => step.Tokens), first = operations[..Epoch].Sum(), second = operations[Epoch..(2 * Epoch)].Sum();
        Assert.Equal(tokens, observer.Steps[Epoch..(2 * Epoch)].Sum(step => step.Tokens));
        Assert.True(second < 0.85 * first, $"{second} operations in the second epoch and {first} in the first");
    }

    [Theory]
    [InlineData(5)]
    [InlineData(1)]
    public void Run_WithRoomForSomeExamples_GivesTheSameLoss(int room)
    {
        using TinyModel tiny = TinyModel.Open("llama", _upper);
        TrainingData data = tiny.Data(8);
        using StepRunner plain = new(tiny.Model, tiny.Adapter, data, Runs.Short(1)), bounded = new(tiny.Model, tiny.Adapter, data, Runs.Short(1));
        long row = tiny.Base.HiddenSize * 4;
        FrozenLayersPlan plan = new(1, room, data.Train.Take(room).Sum(example => example.Length * row), row, null);
        bounded.Use(new FrozenLayerCache(tiny.Base, plan, data));
        foreach (int[] part in (int[][])[[0, 6, 2, 7], [7, 2, 3, 0], [4, 5, 1, 0], [0, 1, 2, 3], [7, 6, 5, 4]])
        {
            double expected = plain.Run(3, [part], Failed).LossSum, actual = bounded.Run(3, [part], Failed).LossSum;
            Assert.True(Math.Abs(expected - actual) <= 1e-5 * expected, $"{actual} is not {expected}");
        }
    }

    [Fact]
    public void Train_WithAFolder_MapsAFileThatGoesWithTheRun()
    {
        using TemporaryFolder folder = new();
        using TinyModel tiny = TinyModel.Open("llama", _upper);
        // 1 MiB is too little for these.
        TrainingData data = tiny.Data(1200);
        string[] during = [];
        RecordingObserver observer = new() { OnStep = _ => during = Directory.GetFiles(folder.At("cache")) };
        TrainingOptions options = Options(true) with
        {
            Batches = new() { TrainSize = 600 }, Memory = new() { CacheFrozenLayers = true, CacheMegabytes = 1, CacheFolder = folder.At("cache") },
        };
        tiny.Train(data, options with { Duration = new() { MaxSteps = 4 } }, observer);
        Assert.Contains("run once for each example", observer.Starts[0].FrozenLayers, StringComparison.Ordinal);
        Assert.Single(during);
        Assert.Empty(Directory.GetFiles(folder.At("cache")));
        RecordingObserver plain = new();
        using TinyModel again = TinyModel.Open("llama", _upper);
        again.Train(data, options with { Duration = new() { MaxSteps = 4 }, Memory = new() }, plain);
        AssertClose(plain, observer);
    }

    private static Exception Failed(int part, double loss) => new InvalidOperationException($"{loss}");

    private static TrainingOptions Options(bool cached, bool checkpointing = false) => Runs.Short(3 * Epoch) with
    {
        Batches = new() { TrainSize = Examples / Epoch },
        Memory = new() { CacheFrozenLayers = cached, GradientCheckpointing = checkpointing },
    };

    private static (RecordingObserver Observer, float[] Weights) Train(
        string family, PeftOptions options, bool cached, PaddingSide padding = PaddingSide.Right, bool checkpointing = false, string? expected = null)
    {
        using TinyModel tiny = TinyModel.Open(family, options);
        RecordingObserver observer = new();
        tiny.Train(tiny.Data(Examples) with { Padding = padding }, Options(cached, checkpointing), observer);
        if (expected is not null)
            Assert.Contains(expected, observer.Starts[0].FrozenLayers, StringComparison.Ordinal);
        return (observer, tiny.Weights());
    }

    private static void AssertClose(RecordingObserver expected, RecordingObserver actual)
    {
        Assert.Equal(expected.Steps.Count, actual.Steps.Count);
        foreach ((StepReport one, StepReport other) in expected.Steps.Zip(actual.Steps))
            Assert.True(Math.Abs(one.Loss - other.Loss) <= 1e-5 * one.Loss, $"step {one.Step}: {other.Loss} is not {one.Loss}");
    }
}
