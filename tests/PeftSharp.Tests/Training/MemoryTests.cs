using PeftSharp.Tests.Tensors;
using PeftSharp.Training;
using Xunit;

namespace PeftSharp.Tests.Training;

[Collection(SeededTorch.Name)]
public sealed class MemoryTests
{
    [Theory, Trait("Category", "Slow")]
    [InlineData("bert")]
    [InlineData("llama")]
    public void Train_AThousandSteps_KeepsTensorsAndMemoryFlat(string family)
    {
        LiveTensors.Settled();
        using TinyModel tiny = TinyModel.Open(family);
        List<(long Tensors, long Bytes)> seen = [];
        RecordingObserver observer = new()
        {
            OnStep = report =>
            {
                if (report.Step % 100 != 0)
                    return;
                seen.Add((LiveTensors.Settled(), Resident()));
            },
        };
        TrainingOptions options = Runs.Short(1000, 1e-4) with
        {
            Batches = new() { TrainSize = 4, Accumulation = 2 },
            Evaluation = new() { Strategy = IntervalStrategy.Steps, Steps = 50 },
        };
        TrainingData data = tiny.Data(48, 16);
        // What libtorch keeps for each number of rows that it has met is no leak; batches without padding have many.
        tiny.Train(data, options);
        tiny.Train(data, options, observer);
        Assert.Equal(10, seen.Count);
        // Fewer is no leak: a tensor that another test dropped may be found by the collector only now.
        Assert.All(seen, moment => Assert.True(moment.Tensors <= seen[0].Tensors, $"{moment.Tensors} tensors after {seen[0].Tensors}"));
        // The first 200 steps may still fill buffers, caches and compiled code.
        Assert.True(seen[^1].Bytes - seen[1].Bytes < 8 << 20, string.Join(", ", seen.Select(moment => moment.Bytes >> 10)));
    }

    [Fact]
    public void Train_ThenDispose_LeavesNoTensorBehind() =>
        TwoRounds.LeaveNothing(() => TinyModel.Open("bert"), tiny =>
        {
            TrainingData data = tiny.Data(8, 8);
            tiny.Train(data, Runs.Short(3) with { Evaluation = new() { Strategy = IntervalStrategy.Steps, Steps = 1 } });
            tiny.Predict(data.Train, 4);
        });

    /// <summary>Tensors that other tests dropped go when the collector finds them, which is not what is counted here.</summary>
    private static long Resident()
    {
        using var process = System.Diagnostics.Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}
