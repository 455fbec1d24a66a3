namespace PeftSharp.Metrics;

/// <summary>How two series of numbers go together, and how far predictions lie from the truth.</summary>
public static class Correlation
{
    /// <summary>Pearson's r, in [−1, 1]; NaN if a series is constant or shorter than 2.</summary>
    /// <exception cref="ArgumentException">The spans differ in length.</exception>
    public static double Pearson(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        RequireSameLength(x, y);
        double meanX = Mean(x), meanY = Mean(y), xy = 0, xx = 0, yy = 0;
        for (int i = 0; i < x.Length; i++)
        {
            double dx = x[i] - meanX, dy = y[i] - meanY;
            xy += dx * dy;
            xx += dx * dx;
            yy += dy * dy;
        }

        double norm = Math.Sqrt(xx) * Math.Sqrt(yy);
        return norm == 0 || x.Length < 2 ? double.NaN : Math.Clamp(xy / norm, -1, 1);
    }

    /// <summary>Spearman's ρ: Pearson's r of the ranks, ties having the mean of their ranks.</summary>
    /// <exception cref="ArgumentException">The spans differ in length.</exception>
    public static double Spearman(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        RequireSameLength(x, y);
        return Pearson(Ranks(x), Ranks(y));
    }

    /// <summary>
    /// Kendall's τ-b: (concordant − discordant) / √((n − ties of x)(n − ties of y)) over the n pairs; NaN if a series is
    /// constant. Takes time in the square of the length.
    /// </summary>
    /// <exception cref="ArgumentException">The spans differ in length.</exception>
    public static double KendallTauB(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        RequireSameLength(x, y);
        long balance = 0, differentX = 0, differentY = 0;
        for (int i = 0; i < x.Length; i++)
        {
            for (int j = 0; j < i; j++)
            {
                int signX = x[i].CompareTo(x[j]), signY = y[i].CompareTo(y[j]);
                balance += signX * signY;
                differentX += Math.Abs(signX);
                differentY += Math.Abs(signY);
            }
        }

        return differentX == 0 || differentY == 0 ? double.NaN : balance / (Math.Sqrt(differentX) * Math.Sqrt(differentY));
    }

    /// <summary>The mean of the squared differences; NaN without values.</summary>
    /// <exception cref="ArgumentException">The spans differ in length.</exception>
    public static double MeanSquaredError(ReadOnlySpan<double> predicted, ReadOnlySpan<double> actual) =>
        SquaredError(predicted, actual) / actual.Length;

    /// <summary>The mean of the absolute differences; NaN without values.</summary>
    /// <exception cref="ArgumentException">The spans differ in length.</exception>
    public static double MeanAbsoluteError(ReadOnlySpan<double> predicted, ReadOnlySpan<double> actual)
    {
        RequireSameLength(predicted, actual);
        double sum = 0;
        for (int i = 0; i < actual.Length; i++)
            sum += Math.Abs(predicted[i] - actual[i]);
        return sum / actual.Length;
    }

    /// <summary>
    /// The coefficient of determination, 1 − Σ(actual − predicted)² / Σ(actual − mean)²; for constant actual values 1 if all
    /// predictions are right, else 0. NaN for fewer than two values.
    /// </summary>
    /// <exception cref="ArgumentException">The spans differ in length.</exception>
    public static double R2(ReadOnlySpan<double> predicted, ReadOnlySpan<double> actual)
    {
        double error = SquaredError(predicted, actual), mean = Mean(actual), variation = 0;
        foreach (double value in actual)
            variation += (value - mean) * (value - mean);
        if (actual.Length < 2)
            return double.NaN;
        return variation != 0 ? 1 - error / variation : error == 0 ? 1 : 0;
    }

    /// <summary>Ranks from 1 up; equal values share the mean of their ranks.</summary>
    internal static double[] Ranks(ReadOnlySpan<double> values)
    {
        double[] sorted = values.ToArray();
        var order = new int[sorted.Length];
        for (int i = 0; i < order.Length; i++)
            order[i] = i;
        Array.Sort(sorted, order);
        var ranks = new double[sorted.Length];
        for (int first = 0; first < sorted.Length;)
        {
            int past = first + 1;
            while (past < sorted.Length && sorted[past].Equals(sorted[first]))
                past++;
            for (int i = first; i < past; i++)
                ranks[order[i]] = (first + 1 + past) / 2.0;
            first = past;
        }

        return ranks;
    }

    private static double SquaredError(ReadOnlySpan<double> predicted, ReadOnlySpan<double> actual)
    {
        RequireSameLength(predicted, actual);
        double sum = 0;
        for (int i = 0; i < actual.Length; i++)
            sum += (predicted[i] - actual[i]) * (predicted[i] - actual[i]);
        return sum;
    }

    private static double Mean(ReadOnlySpan<double> values)
    {
        double sum = 0;
        foreach (double value in values)
            sum += value;
        return sum / values.Length;
    }

    private static void RequireSameLength(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        if (x.Length != y.Length)
            throw new ArgumentException($"The series have {x.Length} and {y.Length} values.");
    }
}
