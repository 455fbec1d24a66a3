using System.Text.Json.Nodes;
using PeftSharp.Workflows.Comparing;
using Xunit;

namespace PeftSharp.Tests.Workflows.Comparing;

public sealed class VariantMeasuresTests
{
    private const string Training = """
        {"steps": 20, "prepare_seconds": 1.5, "train_seconds": 10, "trainable_parameters": 5, "parameters": 100,
         "adapter_bytes": 20, "full_bytes": 380, "peak_memory_bytes": 1000, "test": {"accuracy": 0.1}}
        """;

    private const string Evaluation = """
        {"file": "test.csv", "loss": 0.5, "accuracy": 0.75, "matthews": null, "examples": 8, "seconds": 3,
         "latency": {"requests": 10, "median_ms": 2, "p95_ms": 4}}
        """;

    [Fact]
    public void Of_Reports_TakesTheScoresOfTheSavedAdapter()
    {
        VariantMeasures measures = VariantMeasures.Of(Parse(Training), Parse(Evaluation));
        Assert.Equal([new("loss", 0.5), new("accuracy", 0.75), new("matthews", null)], measures.Metrics.AsEnumerable());
        Assert.Equal((8, 11.5, 0.05, 360L), (measures.Examples, measures.Seconds, measures.TrainableShare(), measures.SavedBytes()));
        Assert.Equal((10, 2.0, 4.0), (measures.Requests, measures.LatencyMedianMs, measures.LatencyP95Ms));
    }

    [Fact]
    public void Of_ReportWithoutAValue_NamesIt()
    {
        JsonObject training = Parse(Training);
        training.Remove("full_bytes");
        Assert.Contains("full_bytes", Assert.Throws<PeftException>(() => VariantMeasures.Of(training, Parse(Evaluation))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ToJson_ParsedAgain_IsTheSame()
    {
        JsonObject json = VariantMeasures.Of(Parse(Training), Parse(Evaluation)).ToJson();
        Assert.Equal(json.ToJsonString(), VariantMeasures.Parse(JsonNode.Parse(json.ToJsonString())!).ToJson().ToJsonString());
    }

    private static JsonObject Parse(string json) => JsonNode.Parse(json)!.AsObject();
}
