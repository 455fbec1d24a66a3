using PeftSharp.Adapters;
using PeftSharp.Data;
using PeftSharp.Models;
using static TorchSharp.torch;

namespace PeftSharp.Training;

/// <summary>What a model says about examples; their labels are not looked at.</summary>
public static class Predictor
{
    /// <summary>Predicts every example.</summary>
    /// <param name="model">The model; its task decides the kind of <see cref="Prediction"/>.</param>
    /// <param name="composition">The adapters; null takes the active ones.</param>
    /// <param name="examples">The examples.</param>
    /// <param name="batchSize">Rows of a forward pass.</param>
    /// <param name="paddingId">The token id that fills short rows.</param>
    /// <param name="padding">The side on which they are filled.</param>
    /// <param name="cancellationToken">Stops between two batches.</param>
    /// <returns>One prediction an example, in their order.</returns>
    /// <exception cref="PeftException">The task has no predictions of its own (language models generate; see there), or the model's answers are not numbers.</exception>
    public static IReadOnlyList<Prediction> Predict(
        PeftModel model, Composition? composition, IReadOnlyList<EncodedExample> examples, int batchSize, long paddingId,
        PaddingSide padding = PaddingSide.Right, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(examples);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batchSize);
        Func<EvaluationBatch, Prediction[]> read = model.Base.Task switch
        {
            TaskType.SequenceClassification => model.Base.ProblemType switch { ProblemType.Regression => Values, ProblemType.MultiLabel => Labels, _ => Classes },
            TaskType.TokenClassification => batch => Tokens(batch, padding),
            TaskType.QuestionAnswering => Spans,
            _ => throw new PeftException($"{model.Base.Task.ToName()} has no predictions for examples: a language model generates text instead."),
        };
        EncodedExample[] bare = [.. examples.Select(example => example with { Label = null })];
        List<Prediction> predictions = [];
        BatchPlan plan = EvaluationLoop.Run(
            model, composition, bare, batchSize, paddingId, padding, batch => predictions.AddRange(read(batch)), cancellationToken);
        return plan.Restore(predictions);
    }

    private static Prediction[] Classes(EvaluationBatch batch)
    {
        float[] probabilities = EvaluationBatch.Floats(Logits(batch).softmax(-1));
        int classes = probabilities.Length / batch.Padded.Rows;
        return [.. probabilities.Chunk(classes).Select(row => new Prediction.Class(Best(row), row))];
    }

    private static Prediction[] Labels(EvaluationBatch batch)
    {
        float[] probabilities = EvaluationBatch.Floats(Logits(batch).sigmoid());
        return [.. probabilities.Chunk(probabilities.Length / batch.Padded.Rows).Select(row => new Prediction.Labels(row))];
    }

    private static Prediction[] Values(EvaluationBatch batch) =>
        [.. EvaluationBatch.Floats(Logits(batch)).Select(number => new Prediction.Value(number))];

    private static Prediction[] Tokens(EvaluationBatch batch, PaddingSide padding)
    {
        (Tensor best, Tensor which) = Logits(batch).softmax(-1).max(-1);
        float[] probabilities = EvaluationBatch.Floats(best);
        int[] ids = Array.ConvertAll(EvaluationBatch.Integers(which), id => (int)id);
        int width = batch.Padded.Width;
        Prediction[] rows = new Prediction[batch.Padded.Rows];
        for (int row = 0; row < rows.Length; row++)
        {
            int length = Mask(batch, row).Count(1L);
            int first = row * width + (padding == PaddingSide.Left ? width - length : 0);
            rows[row] = new Prediction.Tokens(ids[first..(first + length)], probabilities[first..(first + length)]);
        }
        return rows;
    }

    private static Prediction[] Spans(EvaluationBatch batch)
    {
        AnswerSpan[] best = AnswerSpan.Best(batch);
        Prediction[] rows = new Prediction[best.Length];
        for (int row = 0; row < rows.Length; row++)
        {
            // Positions count from the example's first token, not from the padding on its left.
            int first = Mask(batch, row).IndexOf(1L);
            rows[row] = new Prediction.Span(best[row].Start - first, best[row].End - first, best[row].Score);
        }
        return rows;
    }

    /// <exception cref="PeftException">They are not numbers.</exception>
    private static Tensor Logits(EvaluationBatch batch)
    {
        Tensor logits = batch.Logits();
        UsableNumbers.Require(logits);
        return logits;
    }

    private static ReadOnlySpan<long> Mask(EvaluationBatch batch, int row) =>
        batch.Padded.AttentionMask.Span.Slice(row * batch.Padded.Width, batch.Padded.Width);

    private static int Best(float[] values)
    {
        int best = 0;
        for (int i = 1; i < values.Length; i++)
            if (values[i] > values[best])
                best = i;
        return best;
    }
}
