using PeftSharp.Metrics;

namespace PeftSharp.Training;

/// <summary>One number a row; the loss is the mean squared error.</summary>
internal sealed class RegressionTaskScores : ITaskScores
{
    private readonly RegressionScores _scores = new();

    public double Loss => _scores.MeanSquaredError;

    public void Add(EvaluationBatch batch)
    {
        float[] predicted = EvaluationBatch.Floats(batch.Logits());
        ReadOnlySpan<float> actual = batch.Padded.Values.Span;
        for (int row = 0; row < predicted.Length; row++)
            _scores.Add(predicted[row], actual[row]);
    }

    public IReadOnlyList<(string Name, double Value)> Metrics() =>
        [("pearson", _scores.Pearson), ("spearman", _scores.Spearman), ("mse", _scores.MeanSquaredError), ("mae", _scores.MeanAbsoluteError)];
}
