using System.Globalization;
using System.Text.Json;
using PeftSharp.Testing;

namespace PeftSharp.Metrics.Tests;

/// <summary>Reads the golden files of <c>fixtures/metrics</c> (its README says what they hold).</summary>
internal static class Golden
{
    private const double Tolerance = 1e-9;

    public static JsonElement Load(string file)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(Fixtures.PathOf("metrics", file)));
        return document.RootElement.Clone();
    }

    public static double Number(JsonElement json) => json.ValueKind == JsonValueKind.String
        ? json.GetString() switch
        {
            "nan" => double.NaN,
            "inf" => double.PositiveInfinity,
            "-inf" => double.NegativeInfinity,
            var other => double.Parse(other!, CultureInfo.InvariantCulture),
        }
        : json.GetDouble();

    public static int[] Integers(JsonElement json) => [.. json.EnumerateArray().Select(e => e.GetInt32())];

    public static double[] Numbers(JsonElement json) => [.. json.EnumerateArray().Select(Number)];

    public static bool[] Flags(JsonElement json) => [.. json.EnumerateArray().Select(e => e.GetInt32() != 0)];

    public static string[] Texts(JsonElement json) => [.. json.EnumerateArray().Select(e => e.GetString()!)];

    /// <summary>Equal to 1e-9, relative where the number is larger than 1; NaN equals NaN.</summary>
    public static void Close(JsonElement expected, double actual, string what) => Close(Number(expected), actual, what);

    public static void Close(double expected, double actual, string what)
    {
        if (double.IsNaN(expected) || double.IsInfinity(expected))
            Assert.True(expected.Equals(actual), $"{what}: expected {expected}, got {actual}");
        else
            Assert.True(Math.Abs(expected - actual) <= Tolerance * Math.Max(1, Math.Abs(expected)), $"{what}: expected {expected:R}, got {actual:R}");
    }

    public static void Close(JsonElement expected, ClassScores actual, string what)
    {
        double[] three = Numbers(expected);
        Close(three[0], actual.Precision, what + " precision");
        Close(three[1], actual.Recall, what + " recall");
        Close(three[2], actual.F1, what + " F1");
    }
}
