using System.Runtime.InteropServices;

namespace PeftSharp.Metrics;

/// <summary>Collects the predictions of a regression batch after batch: 16 bytes a row, as ranks need all of them.</summary>
public sealed class RegressionScores
{
    private readonly List<double> _predicted = [];
    private readonly List<double> _actual = [];

    /// <summary>The number of rows.</summary>
    public int Count => _actual.Count;

    /// <inheritdoc cref="Correlation.Pearson"/>
    public double Pearson => Correlation.Pearson(Predicted, Actual);

    /// <inheritdoc cref="Correlation.Spearman"/>
    public double Spearman => Correlation.Spearman(Predicted, Actual);

    /// <inheritdoc cref="Correlation.MeanSquaredError"/>
    public double MeanSquaredError => Correlation.MeanSquaredError(Predicted, Actual);

    /// <inheritdoc cref="Correlation.MeanAbsoluteError"/>
    public double MeanAbsoluteError => Correlation.MeanAbsoluteError(Predicted, Actual);

    /// <inheritdoc cref="Correlation.R2"/>
    public double R2 => Correlation.R2(Predicted, Actual);

    private Span<double> Predicted => CollectionsMarshal.AsSpan(_predicted);

    private Span<double> Actual => CollectionsMarshal.AsSpan(_actual);

    /// <summary>Adds one row.</summary>
    public void Add(double predicted, double actual)
    {
        _predicted.Add(predicted);
        _actual.Add(actual);
    }
}
