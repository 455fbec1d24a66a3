using System.Globalization;

namespace PeftSharp.Cli.Rendering;

/// <summary>The losses of a run as one line of bars, for the eye; metrics.jsonl has the numbers.</summary>
internal sealed class LossCurve
{
    private const int Width = 40;
    private const string Bars = "▁▂▃▄▅▆▇█";

    private readonly List<double> _losses = [];

    /// <summary>Adds the loss of a step.</summary>
    public void Add(double loss)
    {
        if (double.IsFinite(loss))
            _losses.Add(loss);
    }

    /// <summary><c>2.31 █▆▄▃▂▁▁ 0.41</c>, each bar the mean of as many steps; null for too few steps to be a curve.</summary>
    public string? Draw()
    {
        if (_losses.Count < 3)
            return null;
        int count = Math.Min(Width, _losses.Count);
        double[] means = [.. Enumerable.Range(0, count).Select(Mean)];
        double least = means.Min(), range = means.Max() - least;
        string line = string.Concat(means.Select(mean => Bars[range > 0 ? (int)Math.Round((mean - least) / range * (Bars.Length - 1)) : 0]));
        return string.Create(CultureInfo.InvariantCulture, $"{means[0]:0.000} {line} {means[^1]:0.000}");

        double Mean(int bar)
        {
            int start = (int)((long)bar * _losses.Count / count), end = (int)((bar + 1L) * _losses.Count / count);
            return _losses[start..end].Average();
        }
    }
}
