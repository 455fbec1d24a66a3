using System.Text.Json;
using System.Text.Json.Nodes;
using PeftSharp.Workflows.Configuration;
using Xunit;

namespace PeftSharp.Cli.Tests.Verbs;

public sealed class SchemaVerbTests
{
    [Fact]
    public void Schema_EveryKey_StandsInItsSectionWithItsMeaningAndADefaultOfItsKind()
    {
        JsonNode schema = PeftRun.Well("schema").Json;
        Assert.False((bool)schema["additionalProperties"]!);
        foreach (ConfigKey key in ConfigSchema.OfTraining.Keys)
        {
            JsonNode? section = key.Section.Length == 0 ? schema : schema["properties"]![key.Section];
            JsonNode property = section!["properties"]![key.Name]!;
            if (!key.Hidden)
                Assert.Equal(key.Help, (string)property["description"]!);
            if (property["default"] is { } value && property["type"] is JsonArray types)
                Assert.Contains(types, type => Fits((string)type!, value));
            if (key.Kind == ConfigKind.Choice && property["default"] is { } chosen)
                Assert.Contains((string)chosen!, property["enum"]!.AsArray().Select(choice => (string?)choice));
        }
        Assert.Equal(8, (int)schema["properties"]!["training"]!["properties"]!["per_device_train_batch_size"]!["default"]!);
        Assert.Equal("array", (string)schema["properties"]!["compare"]!["type"]!);
    }

    private static bool Fits(string type, JsonNode value) => value.GetValueKind() switch
    {
        JsonValueKind.True or JsonValueKind.False => type == "boolean",
        JsonValueKind.Number => type == "number" || (type == "integer" && long.TryParse(value.ToJsonString(), out _)),
        JsonValueKind.String => type == "string",
        _ => false,
    };
}
