using PeftSharp.Methods.BitFit;
using PeftSharp.Methods.FullFineTuning;
using PeftSharp.Training;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Training;

[Collection(SeededTorch.Name)]
public sealed class TrainerTests
{
    [Theory]
    [InlineData("bert", "accuracy")]
    [InlineData("llama_seqcls", "accuracy")]
    [InlineData("bert_tokcls", "accuracy")]
    [InlineData("bert_qa", "exact_match")]
    [InlineData("llama", "accuracy")]
    public void Train_FewExamplesFully_LearnsThemByHeart(string family, string metric)
    {
        using TinyModel tiny = TinyModel.Open(family, new FullFineTuningOptions());
        TrainingData data = tiny.Data(12);
        RecordingObserver observer = new();
        EvaluationResult before = tiny.Evaluate(data.Train, 8);
        TrainingResult result = tiny.Train(data, Runs.Short(150), observer);
        EvaluationResult after = tiny.Evaluate(data.Train, 8);
        Assert.False(result.Stopped);
        Assert.Equal(150, result.Steps);
        Assert.True(after.Loss < before.Loss / 4, $"{before.Loss} became {after.Loss}");
        Assert.Equal(1, after[metric]);
        Assert.Empty(observer.Warnings);
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void Train_Lora_LossGoesDown(ScalarType dtype)
    {
        using TinyModel tiny = TinyModel.Open("bert", dtype: dtype);
        RecordingObserver observer = new();
        TrainingOptions options = Runs.Short(60) with { Bf16 = dtype == ScalarType.BFloat16 };
        tiny.Train(tiny.Data(16), options, observer);
        Assert.True(observer.Steps[^10..].Average(step => step.Loss) < 0.7 * observer.Steps[..10].Average(step => step.Loss));
        Assert.All(tiny.Adapter.Trainable, tensor => Assert.Equal(ScalarType.Float32, tensor.Value.dtype));
        Assert.Empty(observer.Warnings);
    }

    [Fact]
    public void Train_Regression_LossGoesDown()
    {
        using TinyModel tiny = TinyModel.Regression(new FullFineTuningOptions());
        TrainingData data = tiny.Data(10);
        tiny.Train(data, Runs.Short(150));
        EvaluationResult result = tiny.Evaluate(data.Train, 4);
        Assert.InRange(result["pearson"], 0.95, 1);
        Assert.Equal(result.Loss, result["mse"], 9);
    }

    [Fact]
    public void Train_SameSeed_GivesTheSameWeightsAndAnotherSeedOthers()
    {
        float[] Weights(long seed)
        {
            using TinyModel tiny = TinyModel.Open("bert");
            tiny.Train(tiny.Data(), Runs.Short(5) with { Seed = seed });
            return tiny.Weights();
        }
        Assert.Equal(Weights(1), Weights(1));
        Assert.NotEqual(Weights(1), Weights(2));
    }

    [Fact]
    public void Train_ThreeEpochs_ReportsStepsRatesAndTokens()
    {
        using TinyModel tiny = TinyModel.Open("bert");
        RecordingObserver observer = new();
        TrainingData data = tiny.Data(20);
        TrainingOptions options = new()
        {
            Optimizer = new() { LearningRate = 1e-3 }, Schedule = new() { WarmupSteps = 3 }, LoggingSteps = 4,
            Checkpoints = new() { Strategy = IntervalStrategy.No },
        };
        TrainingResult result = tiny.Train(data, options, observer);
        TrainingStart start = Assert.Single(observer.Starts);
        Assert.Equal((9, 3.0, 3, 20, tiny.Adapter.TrainableCount, 0), (start.TotalSteps, start.Epochs, start.StepsPerEpoch, start.Examples, start.TrainableCount, start.ResumedStep));
        Assert.Equal(Enumerable.Range(1, 9).Select(i => (long)i), observer.Steps.Select(step => step.Step));
        Assert.Equal([0, 1 / 3.0, 2 / 3.0, 1, 5 / 6.0, 4 / 6.0, 3 / 6.0, 2 / 6.0, 1 / 6.0], observer.Steps.Select(step => Math.Round(step.LearningRate / 1e-3, 12)), (a, b) => Math.Abs(a - b) < 1e-9);
        Assert.Equal([4, 8, 9], observer.Logs.Select(entry => entry.Step));
        Assert.Equal(observer.Steps[..4].Average(step => step.Loss), observer.Logs[0].Loss, 9);
        Assert.Equal(3 * data.Train.Sum(example => example.Length), result.Tokens);
        Assert.All(observer.Steps, step => Assert.True(step.GradientNorm > 0 && step.TokensPerSecond > 0));
    }

    [Fact]
    public void Train_WithClipping_FirstStepOfSgdLikeSizeDoesNotDependOnTheNorm()
    {
        // AdamW divides by the gradient's size, so clipping shows only through ε: with a large one the step is proportional.
        float[] Change(double max)
        {
            using TinyModel tiny = TinyModel.Open("bert", new BitFitOptions());
            float[] before = tiny.Weights();
            TrainingOptions options = Runs.Short(1, learningRate: 1) with { Batches = new() { TrainSize = 32 } };
            tiny.Train(tiny.Data(), options with { Optimizer = options.Optimizer with { AdamEpsilon = 1e3, MaxGradNorm = max } });
            return [.. tiny.Weights().Zip(before, (after, start) => after - start)];
        }
        double Norm(float[] values) => Math.Sqrt(values.Sum(value => (double)value * value));
        double free = Norm(Change(0)), clipped = Norm(Change(1e-2));
        Assert.InRange(clipped, 0.9e-5, 1.1e-5);
        Assert.True(free > 2 * clipped);
    }

    [Fact]
    public void Train_EvaluationByEpoch_KeepsAndLoadsTheBest()
    {
        using TemporaryFolder folder = new();
        using TinyModel tiny = TinyModel.Open("bert");
        RecordingObserver observer = new();
        // The loss falls, so where more of it counts as better the best evaluation is not the last.
        TrainingOptions options = Runs.Short(12) with
        {
            Evaluation = new() { Strategy = IntervalStrategy.Steps, Steps = 2, LoadBestAtEnd = true, GreaterIsBetter = true },
            Checkpoints = new() { OutputDirectory = folder.Root, Strategy = IntervalStrategy.Steps, Steps = 4, TotalLimit = 1 },
        };
        TrainingData data = tiny.Data(16, 16);
        TrainingResult result = tiny.Train(data, options, observer);
        Assert.Equal([2, 4, 6, 8, 10, 12], observer.Evaluations.Select(report => report.Step));
        EvaluationReport best = observer.Evaluations.MaxBy(report => report.Result.Loss)!;
        Assert.Equal(best.Step, result.BestStep);
        Assert.Equal(best.Result.Loss, result.BestMetric);
        Assert.True(result.BestLoaded);
        Assert.NotEqual(12, best.Step);
        Assert.Equal(best.Result.Loss, tiny.Evaluate(data.Evaluation!, 8).Loss);
        Assert.Equal(
            new[] { $"checkpoint-{best.Step}", "checkpoint-12" }.Order(StringComparer.Ordinal),
            Directory.GetFileSystemEntries(folder.Root).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Train_NoBetterEvaluations_StopsByPatience()
    {
        using TinyModel tiny = TinyModel.Open("bert");
        TrainingOptions options = Runs.Short(50, learningRate: 0) with
        {
            Evaluation = new() { Strategy = IntervalStrategy.Steps, Steps = 1, Patience = 3 },
        };
        TrainingResult result = tiny.Train(tiny.Data(8, 8), options);
        Assert.True(result.StoppedEarly);
        Assert.False(result.Stopped);
        Assert.Equal(4, result.Steps);
    }

    [Theory]
    [InlineData(1, new[] { 12 })]
    [InlineData(2, new[] { 9, 12 })]
    [InlineData(null, new[] { 3, 6, 9, 12 })]
    public void Train_WithTotalLimit_KeepsTheNewest(int? limit, int[] kept)
    {
        using TemporaryFolder folder = new();
        using TinyModel tiny = TinyModel.Open("bert");
        RecordingObserver observer = new();
        tiny.Train(tiny.Data(), Runs.Saving(folder.Root, 12, 3, limit), observer);
        Assert.Equal([3, 6, 9, 12], observer.Checkpoints);
        Assert.Equal(
            kept.Select(step => $"checkpoint-{step}").Order(StringComparer.Ordinal),
            Directory.GetFileSystemEntries(folder.Root).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Train_LossThatIsNoNumber_StopsAndNamesStepExamplesAndCheckpoint()
    {
        using TemporaryFolder folder = new();
        using TinyModel tiny = TinyModel.Open("bert", TinyModel.Lora(0));
        TrainingOptions options = Runs.Saving(folder.Root, 20, 1) with
        {
            Schedule = new() { Type = SchedulerType.Constant }, Optimizer = new() { LearningRate = 1e30 },
            Batches = new() { TrainSize = 4, Accumulation = 2 },
        };
        TrainingException error = Assert.Throws<TrainingException>(() => tiny.Train(tiny.Data(), options));
        Assert.InRange(error.Step, 2, 20);
        Assert.Contains($"step {error.Step} of 20", error.Message, StringComparison.Ordinal);
        Assert.NotEmpty(error.Examples);
        Assert.Contains($"{error.Examples[0]}", error.Message, StringComparison.Ordinal);
        Assert.Equal(folder.At($"checkpoint-{error.Step - 1}"), error.Checkpoint);
        Assert.True(File.Exists(Path.Combine(error.Checkpoint!, "adapter_model.safetensors")));
        Assert.All(tiny.Adapter.Trainable, tensor => Assert.Null(tensor.Value.grad));
    }

    [Fact]
    public void Train_Cancelled_FinishesTheStepAndSaves()
    {
        using TemporaryFolder folder = new();
        using TinyModel tiny = TinyModel.Open("bert");
        using CancellationTokenSource source = new();
        RecordingObserver observer = new() { OnStep = report => { if (report.Step == 5) source.Cancel(); } };
        TrainingOptions options = Runs.Short(20) with { Checkpoints = new() { OutputDirectory = folder.At("run"), Strategy = IntervalStrategy.Epoch } };
        TrainingResult result = tiny.Train(tiny.Data(), options, observer, source);
        Assert.True(result.Stopped);
        Assert.Equal(5, result.Steps);
        Assert.Equal(folder.At("run", "checkpoint-5"), result.Checkpoint);
        Assert.True(Directory.Exists(result.Checkpoint));
    }

    [Fact]
    public void Train_CancelledWithoutCheckpoints_WritesNothing()
    {
        using TemporaryFolder folder = new();
        using TinyModel tiny = TinyModel.Open("bert");
        using CancellationTokenSource source = new();
        RecordingObserver observer = new() { OnStep = report => { if (report.Step == 3) source.Cancel(); } };
        TrainingOptions options = Runs.Short(20) with { Checkpoints = new() { OutputDirectory = folder.At("run"), Strategy = IntervalStrategy.No } };
        TrainingResult result = tiny.Train(tiny.Data(), options, observer, source);
        Assert.True(result.Stopped);
        Assert.Null(result.Checkpoint);
        Assert.Empty(observer.Checkpoints);
        Assert.False(Directory.Exists(folder.At("run")));
    }

    [Fact]
    public void Train_CancelledBeforeTheFirstStep_WritesNothing()
    {
        using TemporaryFolder folder = new();
        using TinyModel tiny = TinyModel.Open("bert");
        TrainingOptions options = Runs.Short(20) with { Checkpoints = new() { OutputDirectory = folder.At("run"), Strategy = IntervalStrategy.No } };
        TrainingResult result = new Trainer(tiny.Model, tiny.Data(), options).Train(new CancellationToken(canceled: true));
        Assert.True(result.Stopped);
        Assert.Null(result.Checkpoint);
        Assert.False(Directory.Exists(folder.At("run")));
    }

    [Fact]
    public void Train_LeavesTheBaseAndOtherAdaptersAlone()
    {
        using TinyModel tiny = TinyModel.Open("bert");
        tiny.Model.AddAdapter(TinyModel.Lora(), "other");
        float[] Frozen() => [.. tiny.Base.Parameters.SelectMany(p => p.Value.data<float>().ToArray()), .. tiny.Model.Find("other").Trainable.SelectMany(t => t.Value.data<float>().ToArray())];
        float[] before = Frozen(), trained = tiny.Weights();
        tiny.Train(tiny.Data(), Runs.Short(3));
        Assert.Equal(before, Frozen());
        Assert.NotEqual(trained, tiny.Weights());
    }
}
