using System.Globalization;

namespace PeftSharp.Workflows.Comparing;

/// <summary>An axis: from values to places, with round numbers along it.</summary>
/// <param name="Low">The value at the beginning.</param>
/// <param name="High">The value at the end.</param>
/// <param name="Ticks">Round values between them with what to write there.</param>
/// <param name="IsLogarithmic">Equal factors are equal distances, in place of equal differences.</param>
internal sealed record ChartScale(double Low, double High, IReadOnlyList<(double Value, string Text)> Ticks, bool IsLogarithmic)
{
    private const int AboutTicks = 6;

    /// <summary>Whole powers of ten around counts.</summary>
    public static ChartScale OfPowers(IReadOnlyCollection<double> values)
    {
        int low = (int)Math.Floor(Math.Log10(values.Min()));
        int high = Math.Max(low + 1, (int)Math.Ceiling(Math.Log10(values.Max())));
        return new(Math.Pow(10, low), Math.Pow(10, high), [.. Enumerable.Range(low, high - low + 1).Select(power => (Math.Pow(10, power), Short(power)))], IsLogarithmic: true);
    }

    /// <summary>Round steps of 1, 2 or 5 around values.</summary>
    public static ChartScale OfSteps(IReadOnlyCollection<double> values)
    {
        double low = values.Min(), high = values.Max();
        // A single value stands in the middle of something.
        double room = high > low ? 0.08 * (high - low) : Math.Max(0.05 * Math.Abs(high), 0.01);
        double rough = (high - low + 2 * room) / AboutTicks;
        double power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        double step = power * (rough / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 };
        long first = (long)Math.Floor((low - room) / step), last = (long)Math.Ceiling((high + room) / step);
        string format = $"F{Math.Max(0, -(int)Math.Floor(Math.Log10(step)))}";
        return new(first * step, last * step, [.. Ticks()], IsLogarithmic: false);

        IEnumerable<(double, string)> Ticks()
        {
            for (long i = first; i <= last; i++)
                yield return (i * step, (i * step).ToString(format, CultureInfo.InvariantCulture));
        }
    }

    /// <summary>Where a value is, from 0 to 1.</summary>
    public double Place(double value) => IsLogarithmic
        ? Math.Log(value / Low) / Math.Log(High / Low)
        : (value - Low) / (High - Low);

    private static string Short(int power) => Math.Pow(10, power) switch
    {
        >= 1e9 and var count => string.Create(CultureInfo.InvariantCulture, $"{count / 1e9:0}B"),
        >= 1e6 and var count => string.Create(CultureInfo.InvariantCulture, $"{count / 1e6:0}M"),
        >= 1e3 and var count => string.Create(CultureInfo.InvariantCulture, $"{count / 1e3:0}k"),
        var count => string.Create(CultureInfo.InvariantCulture, $"{count:0}"),
    };
}
