using System.Text.Json.Nodes;
using PeftSharp.Training;
using Xunit;

namespace PeftSharp.Tests.Training;

[Collection(SeededTorch.Name)]
public sealed class JsonLinesObserverTests
{
    [Fact]
    public void Train_StoppedAndResumed_LeavesOneLineForEachStepAndEvaluation()
    {
        using TemporaryFolder folder = new();
        TrainingOptions options = Runs.Saving(folder.Root, 6, 3) with { Evaluation = new() { Strategy = IntervalStrategy.Steps, Steps = 2 } };
        void Run(int? stopAt, string? resume)
        {
            using TinyModel tiny = TinyModel.Open("bert");
            using CancellationTokenSource source = new();
            RecordingObserver stopper = new() { OnStep = report => { if (report.Step == stopAt) source.Cancel(); } };
            new Trainer(
                tiny.Model, tiny.Data(8, 8), options with { Checkpoints = options.Checkpoints with { ResumeFrom = resume } },
                new CompositeObserver(new JsonLinesObserver(folder.Root), stopper)).Train(source.Token);
        }
        Run(stopAt: 5, resume: null);
        File.AppendAllText(folder.At("metrics.jsonl"), "{\"step\": 6, \"lo");
        Run(stopAt: null, resume: folder.At("checkpoint-3"));
        JsonNode[] lines = [.. File.ReadLines(folder.At("metrics.jsonl")).Select(line => JsonNode.Parse(line)!)];
        Assert.Equal([1, 2, 3, 4, 5, 6], lines.Where(line => line["loss"] is not null).Select(line => (int)line["step"]!));
        Assert.Equal([2, 4, 6], lines.Where(line => line["eval_loss"] is not null).Select(line => (int)line["step"]!));
        Assert.All(lines.Where(line => line["eval_loss"] is not null), line => Assert.InRange((double)line["eval_accuracy"]!, 0, 1));
        Assert.Equal(6, (int)Assert.Single(lines, line => line["train_loss"] is not null)["step"]!);
    }
}
