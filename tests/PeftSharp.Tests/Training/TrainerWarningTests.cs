using PeftSharp.Adapters;
using PeftSharp.Data;
using PeftSharp.Methods.Lora;
using PeftSharp.Training;
using Xunit;

namespace PeftSharp.Tests.Training;

[Collection(SeededTorch.Name)]
public sealed class TrainerWarningTests
{
    [Fact]
    public void Construct_NothingToTrain_IsAnError()
    {
        using TinyModel tiny = TinyModel.Open("bert");
        tiny.Model.Register(new(
            "empty", new LoraOptions(), tiny.Base, new AdapterSlots(), new AdapterTensors()));
        Assert.Contains("no trainable parameter", Error(() => new Trainer(tiny.Model, tiny.Data(), Runs.Short(1), adapter: "empty")), StringComparison.Ordinal);
    }

    [Fact]
    public void Construct_ExamplesThatDoNotFit_AreErrorsThatNameThem()
    {
        using TinyModel tiny = TinyModel.Open("bert");
        EncodedExample[] good = tiny.Examples(4);
        string With(EncodedExample bad) =>
            Error(() => new Trainer(tiny.Model, new TrainingData([.. good, bad], null, 0), Runs.Short(1)));
        Assert.Contains("example 4 has the label 99", With(good[0] with { Label = new ExampleLabel.Class(99) }), StringComparison.Ordinal);
        Assert.Contains("example 4 has no label", With(good[0] with { Label = null }), StringComparison.Ordinal);
        Assert.Contains("example 4 has a number", With(good[0] with { Label = new ExampleLabel.Value(1) }), StringComparison.Ordinal);
        Assert.Contains("max_length", With(good[0] with { InputIds = new int[tiny.Base.MaxPositions + 1] }), StringComparison.Ordinal);
        Assert.Contains("no training examples", Error(() => new Trainer(tiny.Model, new TrainingData([], null, 0), Runs.Short(1))), StringComparison.Ordinal);
    }

    [Fact]
    public void Construct_TokenLabelOutOfRange_IsAnError()
    {
        using TinyModel tiny = TinyModel.Open("llama");
        int outside = (int)tiny.Base.VocabularySize;
        EncodedExample bad = new([1, 2], null, new ExampleLabel.Tokens([1, outside]));
        Assert.Contains($"the label {outside}", Error(() => new Trainer(tiny.Model, new TrainingData([bad], null, 0), Runs.Short(1))), StringComparison.Ordinal);
    }

    [Fact]
    public void Construct_EveryLabelIgnored_IsAnError()
    {
        using TinyModel tiny = TinyModel.Open("llama");
        EncodedExample masked = new([1, 2, 3], null, new ExampleLabel.Tokens([1, -100, -100]));
        Assert.Contains("No label", Error(() => new Trainer(tiny.Model, new TrainingData([masked], null, 0), Runs.Short(1))), StringComparison.Ordinal);
    }

    [Fact]
    public void Construct_EvaluationWithoutExamples_IsAnError()
    {
        using TinyModel tiny = TinyModel.Open("bert");
        TrainingOptions options = Runs.Short(1) with { Evaluation = new() { Strategy = IntervalStrategy.Epoch } };
        Assert.Contains("eval_strategy", Error(() => new Trainer(tiny.Model, tiny.Data(4), options)), StringComparison.Ordinal);
        Assert.Contains("eval_strategy", Error(() => new Trainer(tiny.Model, tiny.Data(4) with { Evaluation = [] }, options)), StringComparison.Ordinal);
    }

    [Fact]
    public void Construct_UnknownMetric_IsAnErrorWithTheNearest()
    {
        using TinyModel tiny = TinyModel.Open("bert");
        TrainingOptions options = Runs.Short(1) with { Evaluation = new() { Strategy = IntervalStrategy.Epoch, BestMetric = "eval_acuracy" } };
        Assert.Contains("accuracy", Error(() => new Trainer(tiny.Model, tiny.Data(4, 4), options)), StringComparison.Ordinal);
    }

    [Fact]
    public void Construct_DropLastLeavesNothing_IsAnError()
    {
        using TinyModel tiny = TinyModel.Open("bert");
        TrainingOptions options = Runs.Short(1) with { Batches = new() { DropLast = true } };
        Assert.Contains("dataloader_drop_last", Error(() => new Trainer(tiny.Model, tiny.Data(4), options)), StringComparison.Ordinal);
    }

    [Fact]
    public void Train_BatchLargerThanData_Warns() => Assert.Contains(Warnings("bert", rows: 4), warning => warning.Contains("per_device_train_batch_size", StringComparison.Ordinal));

    [Fact]
    public void Train_TruncatedRows_Warns() => Assert.Contains(Warnings("bert", truncated: 3), warning => warning.StartsWith("3 examples", StringComparison.Ordinal));

    [Fact]
    public void Train_Bf16WithAnFp32Base_Warns() =>
        Assert.Contains(Warnings("bert", change: options => options with { Bf16 = true }), warning => warning.Contains("bf16", StringComparison.Ordinal));

    [Fact]
    public void Train_WarmupLongerThanTheRun_Warns() =>
        Assert.Contains(Warnings("bert", change: options => options with { Schedule = new() { WarmupSteps = 100 } }), warning => warning.Contains("warm-up", StringComparison.Ordinal));

    [Fact]
    public void Train_BatchWithAllLabelsIgnored_WarnsAndChangesNothing()
    {
        using TinyModel tiny = TinyModel.Open("llama");
        EncodedExample[] examples = tiny.Examples(2);
        examples[1] = examples[1] with { Label = new ExampleLabel.Tokens([.. examples[1].InputIds.Select(_ => -100)]) };
        List<(long Step, float[] Weights, double Loss)> seen = [];
        RecordingObserver observer = new() { OnStep = report => seen.Add((report.Step, tiny.Weights(), report.Loss)) };
        tiny.Train(new TrainingData(examples, null, 0), Runs.Short(4) with { Batches = new() { TrainSize = 1 } }, observer);
        Assert.Single(observer.Warnings, warning => warning.Contains("No label counts", StringComparison.Ordinal));
        var ignored = seen.Where(step => double.IsNaN(step.Loss)).ToArray();
        Assert.Equal(2, ignored.Length);
        foreach (var step in ignored.Where(step => step.Step > 1))
            Assert.Equal(seen[(int)step.Step - 2].Weights, step.Weights);
    }

    [Fact]
    public void Train_LossOfExactlyZero_Warns()
    {
        using TinyModel tiny = TinyModel.Regression();
        EncodedExample example = tiny.Examples(1)[0];
        // The target is what the untouched model says.
        float said = ((Prediction.Value)tiny.Predict([example], 1)[0]).Number;
        RecordingObserver observer = new();
        TrainingData data = new([example with { Label = new ExampleLabel.Value(said) }], null, 0);
        tiny.Train(data, Runs.Short(1) with { Batches = new() { TrainSize = 1 } }, observer);
        Assert.Contains(observer.Warnings, warning => warning.Contains("exactly 0", StringComparison.Ordinal));
    }

    [Fact]
    public void Train_ParameterThatIsNotUsed_WarnsOnceWithItsName()
    {
        // The pooler has no part in token classification; LLaMA's first embedding rows are always used.
        using TinyModel tiny = TinyModel.Open("bert", new LoraOptions { R = 2, ModulesToSave = ["classifier"], TargetModules = null });
        string key = AddUnused(tiny);
        RecordingObserver observer = new();
        tiny.Train(tiny.Data(), Runs.Short(3), observer, adapter: "extended");
        Assert.Contains(key, Assert.Single(observer.Warnings), StringComparison.Ordinal);
    }

    private static string AddUnused(TinyModel tiny)
    {
        const string Key = "base_model.model.unused.weight";
        Adapter plain = tiny.Adapter;
        tiny.Model.Register(new(
            "extended", plain.Options, tiny.Base, plain.Slots,
            new() { Trainable = [.. plain.Trainable, new(Key, TorchSharp.torch.zeros(2, requires_grad: true).DetachFromDisposeScope())] }));
        return Key;
    }

    private static List<string> Warnings(string family, int rows = 32, int truncated = 0, Func<TrainingOptions, TrainingOptions>? change = null)
    {
        using TinyModel tiny = TinyModel.Open(family);
        RecordingObserver observer = new();
        TrainingOptions options = Runs.Short(2);
        tiny.Train(tiny.Data(rows) with { TruncatedRows = truncated }, change?.Invoke(options) ?? options, observer);
        return observer.Warnings;
    }

    private static string Error(Func<object> action) => Assert.Throws<PeftException>(action).Message;
}
