using PeftSharp.Models;
using PeftSharp.Tests.Tensors;
using PeftSharp.Training;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Training;

/// <summary>Loss and gradients of a step do not depend on how its rows are batched, nor on threads: every task.</summary>
[Collection(nameof(Alone))]
public sealed class StepRunnerBatchTests : IDisposable
{
    private readonly TwoThreads _two = new();

    public static TheoryData<string> Models =>
        ["bert", "bert_tokcls", "bert_qa", "regression", "llama", "llama_seqcls", "llama TOKEN_CLS", "llama QUESTION_ANS"];

    public void Dispose() => _two.Dispose();

    [Theory, MemberData(nameof(Models))]
    public void Run_AnyBatchesAndThreads_GivesTheSameStep(string name)
    {
        using TinyModel tiny = Open(name);
        TrainingData data = tiny.Data(12);
        Assert.True(data.Train.Select(example => example.Length).Distinct().Count() > 3);
        (StepOutcome alone, float[] expected) = Step(tiny, data, batch: 1, threads: 1);
        float scale = expected.Max(Math.Abs);
        Assert.True(scale > 0);
        foreach (int batch in (int[])[2, 5, 12])
            foreach (int threads in (int[])[1, 2])
            {
                (StepOutcome together, float[] actual) = Step(tiny, data, batch, threads);
                Assert.Equal((alone.Labels, alone.Tokens), (together.Labels, together.Tokens));
                Assert.Equal(alone.LossSum, together.LossSum, 1e-5 * alone.LossSum);
                Assert.True(expected.Zip(actual).Max(pair => Math.Abs(pair.First - pair.Second)) <= 2e-5 * scale);
            }
    }

    [Theory, MemberData(nameof(Models))]
    public void Evaluate_AnyBatchesAndThreads_GivesTheSameFigures(string name)
    {
        using TinyModel tiny = Open(name);
        TrainingData data = tiny.Data(13);
        set_num_threads(1);
        EvaluationResult alone = tiny.Evaluate(data.Train, 1);
        foreach (int batch in (int[])[2, 4, 13])
            foreach (int threads in (int[])[1, 2])
            {
                set_num_threads(threads);
                EvaluationResult together = tiny.Evaluate(data.Train, batch);
                Assert.Equal(alone.Loss, together.Loss, 1e-5 * alone.Loss);
                Assert.Equal(alone.Metrics.Keys, together.Metrics.Keys);
                foreach ((string metric, double value) in alone.Metrics)
                    Assert.Equal(value, together.Metrics[metric], 1e-4 * Math.Max(1, Math.Abs(value)));
            }
    }

    private static TinyModel Open(string name) => name switch
    {
        "regression" => TinyModel.Regression(TinyModel.Lora(dropout: 0)),
        "llama TOKEN_CLS" => TinyModel.Decoder(TaskType.TokenClassification, TinyModel.Lora(dropout: 0)),
        "llama QUESTION_ANS" => TinyModel.Decoder(TaskType.QuestionAnswering, TinyModel.Lora(dropout: 0)),
        _ => TinyModel.Open(name, TinyModel.Lora(dropout: 0)),
    };

    private static (StepOutcome Outcome, float[] Gradient) Step(TinyModel tiny, TrainingData data, int batch, int threads)
    {
        set_num_threads(threads);
        using var scope = NewDisposeScope();
        using StepRunner runner = new(tiny.Model, tiny.Adapter, data, Runs.Short(1));
        int[][] parts = [.. Enumerable.Range(0, data.Train.Count).Chunk(batch)];
        StepOutcome outcome = runner.Run(0, parts, (part, loss) => new InvalidOperationException($"{part}: {loss}"));
        float[] values = [.. tiny.Adapter.Trainable.SelectMany(tensor => tensor.Value.grad?.data<float>().ToArray() ?? [])];
        foreach (var tensor in tiny.Adapter.Trainable)
            tensor.Value.grad = null;
        return (outcome, values);
    }
}
