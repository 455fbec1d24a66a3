using System.Text.Json.Nodes;
using PeftSharp.Adapters;
using Xunit;

namespace PeftSharp.Tests.Methods;

/// <summary>HF takes one layer as a number or as a list of one, and writes back what it was given.</summary>
public sealed class LayersToTransformTests
{
    [Theory]
    [InlineData("LORA", "1")]
    [InlineData("LORA", "[1]")]
    [InlineData("ADALORA", "1")]
    [InlineData("LOHA", "1")]
    [InlineData("LOHA", "null")]
    public void ToJson_OfLayersAsRead_IsWhatWasRead(string method, string layers)
    {
        PeftOptions options = MethodVariants.Read($$"""{"peft_type": "{{method}}", "layers_to_transform": {{layers}}}""");
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(layers), options.ToJson()["layers_to_transform"]));
    }
}
