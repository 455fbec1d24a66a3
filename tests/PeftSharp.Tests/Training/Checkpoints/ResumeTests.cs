using System.Text.Json.Nodes;
using PeftSharp.Adapters;
using PeftSharp.Training;
using Xunit;

namespace PeftSharp.Tests.Training;

[Collection(SeededTorch.Name)]
public sealed class ResumeTests
{
    [Theory]
    [InlineData("bert", 5)]
    [InlineData("llama", 3)]
    public void Train_StoppedAndResumed_EndsWithTheSameBits(string family, int stopAt)
    {
        using TemporaryFolder folder = new();
        float[] uninterrupted = Finish(family, folder.At("a"), stopAt: null).Weights;
        TrainingResult stopped = Finish(family, folder.At("b"), stopAt).Result;
        Assert.True(stopped.Stopped);
        (float[] resumed, TrainingResult result, RecordingObserver observer) = Finish(family, folder.At("b"), null, resume: CheckpointOptions.Latest);
        Assert.Equal(stopAt, Assert.Single(observer.Starts).ResumedStep);
        Assert.Equal(stopped.Checkpoint, observer.Starts[0].ResumedFrom);
        Assert.Equal(stopAt + 1, observer.Steps[0].Step);
        Assert.Equal(12, result.Steps);
        Assert.Empty(observer.Warnings);
        Assert.Equal(uninterrupted, resumed);
        // Weights and optimizer alike, file for file.
        foreach (string file in new[] { "adapter_model.safetensors", "optimizer.safetensors" })
            Assert.Equal(File.ReadAllBytes(folder.At("a", "checkpoint-12", file)), File.ReadAllBytes(folder.At("b", "checkpoint-12", file)));
    }

    [Fact]
    public void Train_StoppedDuringAnEvaluation_MakesItAfterResuming()
    {
        using TemporaryFolder folder = new();
        TrainingOptions options = Runs.Saving(folder.Root, 6, 100) with
        {
            Evaluation = new() { Strategy = IntervalStrategy.Steps, Steps = 3, LoadBestAtEnd = true },
        };
        using CancellationTokenSource source = new();
        using (TinyModel tiny = TinyModel.Open("bert"))
        {
            RecordingObserver observer = new() { OnEvaluating = _ => source.Cancel() };
            TrainingResult result = tiny.Train(tiny.Data(16, 16), options, observer, source);
            Assert.True(result.Stopped);
            Assert.Equal(3, result.Steps);
            Assert.Empty(observer.Evaluations);
        }
        using TinyModel again = TinyModel.Open("bert");
        RecordingObserver second = new();
        again.Train(again.Data(16, 16), options with { Checkpoints = options.Checkpoints with { ResumeFrom = "true" } }, second);
        Assert.Equal([3, 6], second.Evaluations.Select(report => report.Step));
    }

    [Fact]
    public void Train_ResumedWithOtherDataOrSeedOrMethod_IsAnErrorThatNamesIt()
    {
        using TemporaryFolder folder = new();
        Finish("bert", folder.Root, 5);
        TrainingOptions options = Runs.Saving(folder.Root, 12, 4, resume: CheckpointOptions.Latest);
        string Error(TrainingOptions changed, PeftOptions? method = null, int rows = 32)
        {
            using TinyModel tiny = TinyModel.Open("bert", method);
            return Assert.Throws<PeftException>(() => tiny.Train(tiny.Data(rows), changed)).Message;
        }
        Assert.Contains("seed was 42 and is 43", Error(options with { Seed = 43 }), StringComparison.Ordinal);
        Assert.Contains("training data was 32 examples", Error(options, rows: 31), StringComparison.Ordinal);
        Assert.Contains("per_device_train_batch_size was 8 and is 4", Error(options with { Batches = new() { TrainSize = 4 } }), StringComparison.Ordinal);
        Assert.Contains("lora_dropout was 0.1 and is 0.2", Error(options, TinyModel.Lora(0.2)), StringComparison.Ordinal);
    }

    [Fact]
    public void Train_ResumedWithAnotherLearningRate_WarnsWithBoth()
    {
        using TemporaryFolder folder = new();
        Finish("bert", folder.Root, 5);
        using TinyModel tiny = TinyModel.Open("bert");
        RecordingObserver observer = new();
        TrainingOptions options = Runs.Saving(folder.Root, 14, 4, resume: CheckpointOptions.Latest) with { Optimizer = new() { LearningRate = 1e-4 } };
        tiny.Train(tiny.Data(), options, observer);
        Assert.Contains("learning_rate was 0.005 and is 0.0001", Assert.Single(observer.Warnings), StringComparison.Ordinal);
        Assert.Contains("steps in all was 12 and is 14", observer.Warnings[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Train_ResumeWithoutCheckpoint_IsAnError()
    {
        using TemporaryFolder folder = new();
        using TinyModel tiny = TinyModel.Open("bert");
        Assert.Throws<FileNotFoundException>(() => tiny.Train(tiny.Data(), Runs.Saving(folder.Root, 2, 1, resume: "true")));
        Assert.Throws<DirectoryNotFoundException>(() => tiny.Train(tiny.Data(), Runs.Saving(folder.Root, 2, 1, resume: folder.At("none"))));
        Assert.Throws<FileNotFoundException>(() => tiny.Train(tiny.Data(), Runs.Saving(folder.Root, 2, 1, resume: folder.Root)));
    }

    [Fact]
    public void Train_CheckpointOfTheEnd_HasNothingLeftAndSaysSo()
    {
        using TemporaryFolder folder = new();
        float[] weights = Finish("bert", folder.Root, null).Weights;
        (float[] again, TrainingResult result, RecordingObserver observer) = Finish("bert", folder.Root, null, CheckpointOptions.Latest);
        Assert.Equal(weights, again);
        Assert.False(result.Stopped);
        Assert.Empty(observer.Steps);
        Assert.Contains("nothing is left", Assert.Single(observer.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Checkpoint_Folder_IsAnAdapterFolderWithTheStateBesideIt()
    {
        using TemporaryFolder folder = new();
        float[] weights = Finish("bert", folder.Root, null).Weights;
        string checkpoint = folder.At("checkpoint-12");
        Assert.Equal(
            ["adapter_config.json", "adapter_model.safetensors", "optimizer.safetensors", "trainer_state.json"],
            Directory.GetFiles(checkpoint).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        using TinyModel tiny = TinyModel.Open("bert");
        Adapter loaded = tiny.Model.LoadAdapter(checkpoint, "loaded");
        Assert.Equal(weights, loaded.Trainable.SelectMany(tensor => tensor.Value.data<float>().ToArray()));
        JsonNode state = JsonNode.Parse(File.ReadAllText(Path.Combine(checkpoint, "trainer_state.json")))!;
        Assert.Equal(12, (int)state["global_step"]!);
        Assert.Equal(3, (double)state["epoch"]!);
        Assert.Equal(12, state["log_history"]!.AsArray().Count);
        Assert.Equal(12, (int)state["log_history"]![11]!["step"]!);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(7)]
    public void Train_Resumed_ReportsWhatAnUninterruptedRunDoes(int stopAt)
    {
        using TemporaryFolder folder = new();
        (TrainingResult whole, RecordingObserver uninterrupted) = Run(folder.At("a"), null, null);
        TrainingResult part = Run(folder.At("b"), stopAt, null).Result;
        (TrainingResult result, RecordingObserver resumed) = Run(folder.At("b"), null, CheckpointOptions.Latest);
        Assert.Equal(whole.TrainLoss, result.TrainLoss);
        Assert.Equal(whole.Tokens, result.Tokens);
        Assert.True(result.Seconds > part.Seconds / 2);
        // The interval in which the run was stopped, too, has the loss of all its steps.
        LogEntry[] expected = [.. uninterrupted.Logs.Where(entry => entry.Step > stopAt)];
        Assert.Equal(expected.Select(entry => (entry.Step, entry.Loss)), resumed.Logs.Select(entry => (entry.Step, entry.Loss)));
        // Resumed once more, there is nothing to train and the same to report.
        TrainingResult again = Run(folder.At("b"), null, CheckpointOptions.Latest).Result;
        Assert.Equal(whole.TrainLoss, again.TrainLoss);
        Assert.Equal(whole.Tokens, again.Tokens);

        static (TrainingResult Result, RecordingObserver Observer) Run(string at, int? stopAt, string? resume)
        {
            using TinyModel tiny = TinyModel.Open("bert");
            using CancellationTokenSource source = new();
            RecordingObserver observer = new() { OnStep = report => { if (report.Step == stopAt) source.Cancel(); } };
            TrainingOptions options = Runs.Saving(at, 12, 4, resume: resume) with { LoggingSteps = 3 };
            return (tiny.Train(tiny.Data(), options, observer, source), observer);
        }
    }

    [Fact]
    public void Train_DamagedCheckpoint_IsAnErrorAndNotACrash()
    {
        using TemporaryFolder folder = new();
        Finish("bert", folder.Root, 5);
        string state = folder.At("checkpoint-5", "trainer_state.json"), optimizer = folder.At("checkpoint-5", "optimizer.safetensors");
        byte[] whole = File.ReadAllBytes(optimizer);
        File.WriteAllBytes(optimizer, whole[..(whole.Length / 2)]);
        Assert.Throws<InvalidDataException>(() => Finish("bert", folder.Root, null, CheckpointOptions.Latest));
        File.WriteAllText(state, "{");
        Assert.Throws<PeftException>(() => Finish("bert", folder.Root, null, CheckpointOptions.Latest));
    }

    private static (float[] Weights, TrainingResult Result, RecordingObserver Observer) Finish(string family, string folder, int? stopAt, string? resume = null)
    {
        using TinyModel tiny = TinyModel.Open(family);
        using CancellationTokenSource source = new();
        RecordingObserver observer = new() { OnStep = report => { if (report.Step == stopAt) source.Cancel(); } };
        TrainingResult result = tiny.Train(tiny.Data(), Runs.Saving(folder, 12, 4, resume: resume), observer, source);
        return (tiny.Weights(), result, observer);
    }
}
