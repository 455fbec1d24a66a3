using PeftSharp.Workflows.Benchmarking;
using Xunit;
using System.Text.Json.Nodes;

namespace PeftSharp.Cli.Tests.Verbs;

public sealed class DoctorVerbTests
{
    [Fact]
    public void Doctor_SaysWhatTheMachineHas()
    {
        string report = PeftRun.Well("doctor").Out;
        foreach (string word in (string[])["processor", "cores", "memory", "dtype auto", "compute int8", "TorchSharp", "GPU"])
            Assert.Contains(word, report, StringComparison.Ordinal);
    }

    [Fact]
    public void Doctor_AsJson_HasNumbers()
    {
        JsonNode json = PeftRun.Well("doctor", "--json").Json;
        Assert.Equal(Environment.ProcessorCount, (int)json["cores"]!);
        Assert.True((long)json["memory_bytes"]! > 1 << 20);
        Assert.Contains((string?)json["dtype"], (string[])["float32", "bfloat16"]);
        Assert.Equal(ProductRates.WhyNoInt8 is null, (bool)json["int8_products"]!);
        Assert.NotEmpty(json["native_libraries"]!.AsArray());
        Assert.All(json["packed_products"]!.AsArray(), name => Assert.Contains((string?)name, (string[])["float32", "bfloat16"]));
    }
}
