using PeftSharp.Adapters;
using PeftSharp.Data;
using PeftSharp.Models;
using PeftSharp.Training;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Training;

[Collection(SeededTorch.Name)]
public sealed class EvaluatorTests
{
    [Theory]
    [InlineData("bert")]
    [InlineData("llama_seqcls")]
    [InlineData("bert_tokcls")]
    [InlineData("bert_qa")]
    [InlineData("llama")]
    public void Evaluate_InPaddedBatches_GivesTheLossAndMetricOfRowsOneByOne(string family)
    {
        using TinyModel tiny = TinyModel.Open(family, TinyModel.Lora());
        EncodedExample[] examples = tiny.Examples(13);
        using var scope = NewDisposeScope();
        double sum = 0;
        long count = 0;
        PaddedBatch row = new();
        for (int i = 0; i < examples.Length; i++)
        {
            new Collator(0).Collate(examples, [i], row);
            LossSum loss = tiny.Base.Loss(BatchTensors.Input(row, CPU), BatchTensors.Labels(row, CPU), tiny.Model.Pass());
            sum += loss.Sum.item<float>();
            count += loss.Count;
        }
        EvaluationResult result = tiny.Evaluate(examples, 4);
        Assert.Equal(sum / count, result.Loss, 5);
        Assert.Equal(13, result.Examples);
        Assert.Equal(Evaluator.MetricNames(tiny.Base), ["loss", .. result.Metrics.Keys]);
        EvaluationResult left = tiny.Evaluate(examples, 5, side: PaddingSide.Left);
        if (tiny.Base.Task == TaskType.CausalLanguageModel)
            Assert.Equal(Math.Exp(result.Loss), result["perplexity"], 6);
        Assert.Equal(result.Loss, left.Loss, 4);
    }

    [Fact]
    public void Evaluate_Classes_CountsWhatPredictorSays()
    {
        using TinyModel tiny = TinyModel.Open("bert");
        EncodedExample[] examples = tiny.Examples(20);
        IReadOnlyList<Prediction> predictions = tiny.Predict(examples, 3);
        int right = predictions.Zip(examples).Count(pair => ((Prediction.Class)pair.First).Id == ((ExampleLabel.Class)pair.Second.Label!).Id);
        Assert.Equal(right / 20.0, tiny.Evaluate(examples, 7)["eval_accuracy"]);
    }

    [Fact]
    public void Evaluate_Spans_CountsWhatPredictorSays()
    {
        using TinyModel tiny = TinyModel.Open("bert_qa");
        EncodedExample[] examples = tiny.Examples(20);
        // Half of the answers are what the model says, so the score is known.
        Prediction.Span[] said = [.. tiny.Predict(examples, 3).Cast<Prediction.Span>()];
        for (int i = 0; i < 10; i++)
            examples[i] = examples[i] with { Label = new ExampleLabel.Span(said[i].Start, said[i].End) };
        int right = said.Zip(examples).Count(pair => pair.Second.Label is ExampleLabel.Span span && span.Start == pair.First.Start && span.End == pair.First.End);
        Assert.Equal(right / 20.0, tiny.Evaluate(examples, 7)["exact_match"]);
    }

    [Fact]
    public void Evaluate_UsesTheCompositionAndNoDropout()
    {
        using TinyModel tiny = TinyModel.Open("bert", TinyModel.Lora(dropout: 0.5));
        TrainingData data = tiny.Data(8);
        tiny.Train(data, Runs.Short(20));
        double adapted = tiny.Evaluate(data.Train, 8).Loss;
        Assert.Equal(adapted, tiny.Evaluate(data.Train, 8, Composition.Of("default")).Loss);
        Assert.NotEqual(adapted, tiny.Evaluate(data.Train, 8, Composition.None).Loss);
    }

    [Fact]
    public void Evaluate_NoExamplesOrNoTask_IsAnError()
    {
        using TinyModel tiny = TinyModel.Open("bert");
        Assert.Throws<PeftException>(() => tiny.Evaluate([], 8));
        Assert.Throws<PeftException>(() => tiny.Evaluate(tiny.Examples(2), 8)["f1"]);
    }

    [Fact]
    public void Evaluate_Cancelled_Throws()
    {
        using TinyModel tiny = TinyModel.Open("bert");
        Assert.Throws<OperationCanceledException>(() => Evaluator.Evaluate(
            tiny.Model, null, tiny.Examples(2), 8, 0, cancellationToken: new CancellationToken(canceled: true)));
    }
}
