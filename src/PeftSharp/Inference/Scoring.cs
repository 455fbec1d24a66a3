using PeftSharp.Models;

namespace PeftSharp.Inference;

/// <summary>From logits to scores, as the model's <c>problem_type</c> wants it.</summary>
internal sealed class Scoring
{
    private readonly IReadOnlyList<string> _labels;
    private readonly Dictionary<string, int> _ids;
    private readonly IReadOnlyList<float>? _thresholds;
    private readonly Action<float[]> _score;

    private Scoring(IReadOnlyList<string> labels, IReadOnlyList<float>? thresholds, Action<float[]> score)
    {
        _labels = labels;
        _thresholds = thresholds;
        _ids = labels.Select((label, id) => (label, id)).DistinctBy(pair => pair.label, StringComparer.Ordinal).ToDictionary(pair => pair.label, pair => pair.id, StringComparer.Ordinal);
        _score = score;
    }

    /// <summary>Softmax over the labels; sigmoids where several may hold at once; the value itself for a regression.</summary>
    public static Scoring Of(BaseModel model) => new(model.Labels, model.ProblemType == ProblemType.MultiLabel ? model.Thresholds : null, model.ProblemType switch
    {
        ProblemType.MultiLabel => Sigmoids,
        ProblemType.Regression => _ => { },
        _ => Softmax,
    });

    /// <summary>All labels with their scores, and those that hold.</summary>
    /// <exception cref="PeftException">The logits are not numbers.</exception>
    public Classification Classify(ReadOnlySpan<float> logits)
    {
        LabelScore[] ranked = Rank(logits);
        return _thresholds is null
            ? new(ranked)
            : new(ranked) { Labels = [.. ranked.Where(one => one.Score >= _thresholds[_ids[one.Label]])] };
    }

    /// <summary>The labels with their scores, highest first; equals in the order of the labels.</summary>
    public LabelScore[] Rank(ReadOnlySpan<float> logits)
    {
        float[] scores = logits.ToArray();
        _score(scores);
        int[] order = [.. Enumerable.Range(0, scores.Length).OrderByDescending(id => scores[id])];
        return [.. order.Select(id => new LabelScore(_labels[id], scores[id]))];
    }

    /// <summary>exp(x − max) / Σ exp(x − max).</summary>
    public static void Softmax(Span<float> scores)
    {
        float highest = float.NegativeInfinity;
        foreach (float score in scores)
            highest = MathF.Max(highest, score);
        double sum = 0;
        foreach (ref float score in scores)
        {
            score = MathF.Exp(score - highest);
            sum += score;
        }
        foreach (ref float score in scores)
            score = (float)(score / sum);
    }

    private static void Softmax(float[] scores) => Softmax(scores.AsSpan());

    private static void Sigmoids(float[] scores)
    {
        foreach (ref float score in scores.AsSpan())
            score = 1 / (1 + MathF.Exp(-score));
    }
}
