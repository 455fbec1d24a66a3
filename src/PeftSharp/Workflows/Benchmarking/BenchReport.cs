using System.Text.Json.Nodes;

namespace PeftSharp.Workflows.Benchmarking;

/// <summary>Where the time of a kernel goes.</summary>
/// <param name="Name">The kernel.</param>
/// <param name="Seconds">In one step.</param>
/// <param name="Calls">In one step.</param>
public sealed record KernelTime(string Name, double Seconds, double Calls);

/// <summary>The steps of a configuration, measured.</summary>
/// <param name="Dtype">The compute dtype.</param>
/// <param name="Compute">How the products with frozen weights are computed, one of <see cref="Configuration.ComputeModes.Names"/>.</param>
/// <param name="Rates">What the machine reaches with a product alone, in that way, before and after (the better one).</param>
/// <param name="Steps">How many steps were measured.</param>
/// <param name="Tokens">Real tokens of a step, padding left out; the mean.</param>
/// <param name="StepSeconds">Seconds of a step; the mean.</param>
/// <param name="FrozenOperations">Operations of a step in the products with frozen weights, forward and backward; the mean.</param>
/// <param name="Kernels">Where the time of a step goes, most first; what no kernel accounts for comes last.</param>
/// <param name="PeakBytes">The most memory that was resident.</param>
/// <param name="PageFaults">Pages of memory touched for the first time in a step; the mean. Thousands mean that memory is not reused.</param>
public sealed record BenchReport(
    string Dtype, string Compute, ProductRates Rates, int Steps, double Tokens, double StepSeconds, double FrozenOperations,
    IReadOnlyList<KernelTime> Kernels, long PeakBytes, double PageFaults)
{
    /// <summary>Seconds that the frozen products alone would take at the machine's best rate: no step can be faster.</summary>
    public double FloorSeconds => FrozenOperations / Rates.Best;

    /// <summary>The floor as a share of the step: 1 is all that the matrix units can give.</summary>
    public double ShareOfFloor => FloorSeconds / StepSeconds;

    /// <summary>Tokens a second.</summary>
    public double TokensPerSecond => Tokens / StepSeconds;

    /// <summary>The report for a program.</summary>
    public JsonObject ToJson() => new()
    {
        ["dtype"] = Dtype,
        ["compute"] = Compute,
        ["plain_gflops"] = Rates.Plain / 1e9,
        ["packed_gflops"] = Rates.Packed / 1e9,
        ["packed_backward_gflops"] = Rates.PackedBack / 1e9,
        ["steps"] = Steps,
        ["tokens_per_step"] = Tokens,
        ["seconds_per_step"] = StepSeconds,
        ["tokens_per_second"] = TokensPerSecond,
        ["frozen_gflop_per_step"] = FrozenOperations / 1e9,
        ["floor_seconds"] = FloorSeconds,
        ["share_of_floor"] = ShareOfFloor,
        ["peak_bytes"] = PeakBytes,
        ["page_faults_per_step"] = PageFaults,
        ["kernels"] = new JsonArray([.. Kernels.Select(kernel => (JsonNode)new JsonObject
        {
            ["name"] = kernel.Name,
            ["seconds"] = kernel.Seconds,
            ["calls"] = kernel.Calls,
        })]),
    };
}
