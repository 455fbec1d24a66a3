using System.Globalization;
using System.Text.Json.Nodes;

namespace PeftSharp.Workflows.Configuration;

/// <summary>The keys of a configuration as a JSON schema, for editors that complete and check YAML by one.</summary>
public static class JsonSchemaWriter
{
    /// <summary>The schema of a run's file, with the variants of a comparison.</summary>
    public static JsonObject Write(ConfigSchema schema)
    {
        ArgumentNullException.ThrowIfNull(schema);
        JsonObject properties = Properties(schema, "");
        foreach (string section in schema.Sections)
            properties[section] = Closed(Properties(schema, section), $"the keys of {section}");
        properties[ConfigKeys.Compare] = new JsonObject
        {
            ["description"] = "variants for peft compare: names of methods, or keys that differ from the rest of the file",
            ["type"] = "array",
            ["items"] = new JsonObject { ["type"] = Types("string", "object") },
        };
        JsonObject root = Closed(properties, "a run of peft: flags of the same names come before the file");
        root.Insert(0, "$schema", "https://json-schema.org/draft/2020-12/schema");
        root.Insert(1, "title", "peft");
        return root;
    }

    private static JsonObject Closed(JsonObject properties, string description) => new()
    {
        ["description"] = description,
        ["type"] = Types("object", "null"),
        ["additionalProperties"] = false,
        ["properties"] = properties,
    };

    private static JsonObject Properties(ConfigSchema schema, string section) =>
        new(schema.Keys.Where(key => key.Section == section).Select(key => KeyValuePair.Create(key.Name, (JsonNode?)Property(key))));

    private static JsonObject Property(ConfigKey key)
    {
        JsonObject property = [];
        if (!key.Hidden)
            property["description"] = key.Help;
        switch (key.Kind)
        {
            case ConfigKind.Choice:
                property["enum"] = new JsonArray([.. key.Choices!.Select(choice => (JsonNode)choice), null]);
                break;
            case ConfigKind.Integer:
                property["type"] = Types("integer", "null");
                break;
            case ConfigKind.Number:
                property["type"] = Types("number", "null");
                break;
            case ConfigKind.Flag:
                property["type"] = Types("boolean", "null");
                break;
            case ConfigKind.Text or ConfigKind.Character:
                property["type"] = Types("string", "number", "boolean", "null");
                break;
            case ConfigKind.TextList or ConfigKind.Columns:
                property["type"] = Types("array", "string", "null");
                break;
        }
        if (Default(key) is { } value)
            property["default"] = value;
        return property;
    }

    private static JsonNode? Default(ConfigKey key) => key.Kind switch
    {
        _ when key.Default is null => null,
        ConfigKind.Integer => long.Parse(key.Default, CultureInfo.InvariantCulture),
        ConfigKind.Number => double.Parse(key.Default, CultureInfo.InvariantCulture),
        ConfigKind.Flag => key.Default == "true",
        ConfigKind.Free or ConfigKind.FreeList => ConfigTyping.ToJson(key, ConfigTyping.FromFlag(key, key.FullName, key.Default)),
        _ => key.Default,
    };

    private static JsonArray Types(params string[] names) => new([.. names.Select(name => (JsonNode)name)]);
}
