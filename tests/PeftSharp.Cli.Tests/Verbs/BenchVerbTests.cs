using System.Text.Json.Nodes;
using Xunit;

namespace PeftSharp.Cli.Tests.Verbs;

public sealed class BenchVerbTests
{
    [Fact]
    public void Bench_AsJson_HasRatesFloorAndKernels()
    {
        using TinyModel tiny = new();
        JsonNode json = PeftRun.Well(
            "bench", "--model", tiny.Model, "--task=SEQ_CLS", "--data.train", tiny.Reviews(), "--steps", "3",
            "--output_dir", tiny.PathOf("run"), "--json").Json;
        Assert.Equal(3, (int)json["steps"]!);
        Assert.All(
            (string[])["plain_gflops", "packed_gflops", "packed_backward_gflops", "tokens_per_second", "frozen_gflop_per_step", "floor_seconds", "share_of_floor"],
            name => Assert.True((double)json[name]! > 0, name));
        JsonArray kernels = json["kernels"]!.AsArray();
        Assert.Contains(kernels, kernel => (string?)kernel!["name"] == "frozen product");
        Assert.Contains(kernels, kernel => (string?)kernel!["name"] == "optimizer" && (double)kernel["calls"]! == 1);
        Assert.True((double)json["page_faults_per_step"]! >= 0);
        // All parts together are the step.
        Assert.Equal((double)json["seconds_per_step"]!, kernels.Sum(kernel => (double)kernel!["seconds"]!), tolerance: 1e-6);
        Assert.False(Directory.Exists(tiny.PathOf("run")));
    }

    [Fact]
    public void Bench_InInt8_MeasuresItOrSaysWhyNot()
    {
        using TinyModel tiny = new();
        string[] args =
        [
            "bench", "--model", tiny.Model, "--task=SEQ_CLS", "--data.train", tiny.Reviews(), "--steps", "2", "--compute", "int8", "--json",
        ];
        if (!(bool)PeftRun.Well("doctor", "--json").Json["int8_products"]!)
        {
            PeftRun.Fails(1, args, "compute: int8 is not possible here");
            return;
        }
        JsonNode json = PeftRun.Well(args).Json;
        Assert.Equal("int8", (string?)json["compute"]);
        Assert.True((double)json["packed_gflops"]! > 0);
    }

    [Fact]
    public void Bench_ForAPerson_SaysTheFloor()
    {
        using TinyModel tiny = new();
        PeftRun run = PeftRun.Well(
            "bench", "--model", tiny.Model, "--task=SEQ_CLS", "--data.train", tiny.Reviews(), "--steps", "2");
        Assert.Contains("floor", run.Out, StringComparison.Ordinal);
        Assert.Contains("everything else", run.Out, StringComparison.Ordinal);
        Assert.Contains("GFLOP/s", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Bench_WithoutSteps_IsAnError()
    {
        using TinyModel tiny = new();
        PeftRun.Fails(
            ExitCodes.WrongUsage, ["bench", "--model", tiny.Model, "--task=SEQ_CLS", "--data.train", tiny.Reviews(), "--steps", "0"],
            "--steps", "at least 1");
    }
}
