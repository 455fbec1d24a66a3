using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using PeftSharp.Data;

namespace PeftSharp.Workflows.Configuration;

/// <summary>Turns what the user wrote into the JSON value that a key must have.</summary>
internal static partial class ConfigTyping
{
    /// <summary>The value as JSON; null stays null.</summary>
    /// <exception cref="ConfigException">It is not of the key's kind.</exception>
    public static JsonNode? ToJson(ConfigKey key, ConfigNode node)
    {
        if (node is ConfigNode.Scalar { IsNull: true })
            return null;
        return (key.Kind, node) switch
        {
            (ConfigKind.Text, ConfigNode.Scalar text) => ValueAliases.Resolve(key, text.Text),
            (ConfigKind.Columns, ConfigNode.Scalar text) => text.Text,
            (ConfigKind.Integer, ConfigNode.Scalar text) => Whole(text.Text) ?? throw Wrong(key, node, "a whole number"),
            (ConfigKind.Number, ConfigNode.Scalar text) => Real(text.Text) ?? throw Wrong(key, node, "a number"),
            (ConfigKind.Flag, ConfigNode.Scalar text) => Truth(text.Text) ?? throw Wrong(key, node, "true or false"),
            (ConfigKind.Character, ConfigNode.Scalar { Text: "\\t" or "tab" }) => "\t",
            (ConfigKind.Character, ConfigNode.Scalar { Text.Length: 1 } text) => text.Text,
            (ConfigKind.Choice, ConfigNode.Scalar text) => Choice(key, text.Text) ?? throw Wrong(key, node, Expectation(key), NearestName.Suggestion(text.Text, key.Choices!)),
            (ConfigKind.TextList, ConfigNode.Scalar text) => new JsonArray(text.Text),
            (ConfigKind.TextList or ConfigKind.Columns, ConfigNode.List list) => Texts(key, list),
            (ConfigKind.Free or ConfigKind.FreeList, _) => Free(node),
            _ => throw Wrong(key, node, Expectation(key)),
        };
    }

    /// <summary>The value of a flag as a node: lists in YAML's flow syntax, or with commas between the items.</summary>
    /// <exception cref="ConfigException">The flow syntax is broken.</exception>
    public static ConfigNode FromFlag(ConfigKey key, string flag, string value)
    {
        bool flow = value.Length > 0 && value[0] is '[' or '{';
        return key.Kind switch
        {
            ConfigKind.TextList or ConfigKind.Columns or ConfigKind.FreeList or ConfigKind.Free when flow => YamlReader.ReadFlag(flag, value),
            ConfigKind.TextList => Split(flag, value),
            // One word is a list of one; anything else, such as all-linear or a regular expression, stays as it is.
            ConfigKind.FreeList when Names().IsMatch(value) => Split(flag, value),
            _ => new ConfigNode.Scalar(value, Plain: true, flag),
        };
    }

    private static ConfigNode.List Split(string flag, string value) =>
        new([.. value.Split(',', StringSplitOptions.TrimEntries).Select(part => new ConfigNode.Scalar(part, Plain: true, flag))], flag);

    private static JsonArray Texts(ConfigKey key, ConfigNode.List list)
    {
        JsonArray texts = [];
        foreach (ConfigNode item in list.Items)
            texts.Add((item as ConfigNode.Scalar)?.Text ?? throw Wrong(key, item, "a list of texts"));
        return texts;
    }

    /// <summary>YAML's core schema: null, true and false, whole and other numbers; the rest is text.</summary>
    private static JsonNode? Free(ConfigNode node) => node switch
    {
        ConfigNode.List list => new JsonArray([.. list.Items.Select(Free)]),
        ConfigNode.Map map => new JsonObject(map.Members.Select(member => KeyValuePair.Create(member.Key, Free(member.Value)))),
        ConfigNode.Scalar { IsNull: true } => null,
        ConfigNode.Scalar { Plain: false } text => text.Text,
        ConfigNode.Scalar text => Truth(text.Text) ?? Whole(text.Text) ?? Real(text.Text) ?? text.Text,
        _ => null,
    };

    private static JsonNode? Truth(string text) => text switch
    {
        "true" or "True" or "TRUE" => true,
        "false" or "False" or "FALSE" => false,
        _ => null,
    };

    private static JsonNode? Whole(string text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) ? number : null;

    private static JsonNode? Real(string text) =>
        double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out double number)
        && double.IsFinite(number)
            ? number : null;

    private static string? Choice(ConfigKey key, string text)
    {
        string wanted = ValueAliases.Resolve(key, text);
        return key.Choices!.FirstOrDefault(choice => string.Equals(choice, wanted, StringComparison.OrdinalIgnoreCase));
    }

    private static string Expectation(ConfigKey key) => key.Kind switch
    {
        ConfigKind.Choice => $"one of {string.Join(", ", key.Choices!)}",
        ConfigKind.Character => "one character",
        ConfigKind.TextList => "a list of texts",
        ConfigKind.Columns => "the name of a column or a list of them",
        ConfigKind.Flag => "true or false",
        ConfigKind.Integer => "a whole number",
        ConfigKind.Number => "a number",
        _ => "text",
    };

    private static ConfigException Wrong(ConfigKey key, ConfigNode node, string wanted, string suggestion = "") =>
        new($"{node.Place}: {key.FullName} must be {wanted}, but is {node.Describe()}{suggestion}.");

    [GeneratedRegex(@"^[\w.]+(\s*,\s*[\w.]+)*$", RegexOptions.CultureInvariant)]
    private static partial Regex Names();
}
