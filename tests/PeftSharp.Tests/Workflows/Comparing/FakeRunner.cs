using PeftSharp.Workflows.Comparing;

namespace PeftSharp.Tests.Workflows.Comparing;

/// <summary>Measures that depend on how many variants ran before; some variants end otherwise.</summary>
internal sealed class FakeRunner : IVariantRunner
{
    public List<string> Ran { get; } = [];

    /// <summary>Called in place of a variant's run, by its name.</summary>
    public Dictionary<string, Action> Instead { get; } = [];

    public VariantMeasures Run(ComparisonVariant variant, int requests, Action<string> progress, CancellationToken cancellationToken)
    {
        Ran.Add(variant.Name);
        progress($"running {variant.Name}");
        if (Instead.TryGetValue(variant.Name, out Action? action))
            action();
        return Measures(Ran.Count, requests);
    }

    public static VariantMeasures Measures(int number, int requests = 100, double? accuracy = null) => new()
    {
        Metrics = new() { ["loss"] = 0.5, ["accuracy"] = accuracy ?? 0.5 + number / 100.0, ["matthews"] = null },
        Examples = 2,
        TrainableParameters = 100 * number,
        Parameters = 10_000,
        AdapterBytes = 400 * number,
        FullBytes = 40_000,
        Steps = 3,
        Seconds = 1.5 * number,
        PeakMemoryBytes = 300L << 20,
        Requests = requests,
        LatencyMedianMs = 2.5,
        LatencyP95Ms = 4,
    };
}
