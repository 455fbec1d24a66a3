using System.Text.Json;
using System.Text.Json.Nodes;

namespace PeftSharp.Data;

/// <summary>What a <see cref="DataValue"/> holds.</summary>
public enum DataKind
{
    /// <summary>JSON null.</summary>
    Null,

    /// <summary>A string; every field of a text, TSV or CSV file.</summary>
    Text,

    /// <summary>A JSON number, kept as written.</summary>
    Number,

    /// <summary>A JSON boolean.</summary>
    Boolean,

    /// <summary>A JSON array.</summary>
    List,

    /// <summary>A JSON object.</summary>
    Object,
}

/// <summary>One value of a row.</summary>
public readonly struct DataValue
{
    private readonly object? _payload;

    private DataValue(DataKind kind, object? payload)
    {
        Kind = kind;
        _payload = payload;
    }

    /// <summary>Which of the properties below has the value.</summary>
    public DataKind Kind { get; }

    /// <summary>The string, the number as written, or "true" / "false"; null for the other kinds.</summary>
    public string? Scalar => _payload as string;

    /// <summary>The elements of a list; null for the other kinds.</summary>
    public IReadOnlyList<DataValue>? List => _payload as DataValue[];

    /// <summary>The members of an object; null for the other kinds.</summary>
    public IReadOnlyDictionary<string, DataValue>? Members => _payload as Dictionary<string, DataValue>;

    /// <summary>A value that is text.</summary>
    public static DataValue Text(string text) => new(DataKind.Text, text);

    /// <summary>A number, boolean or text as it is written.</summary>
    internal static DataValue Of(DataKind kind, string written) => new(kind, written);

    /// <summary>A list.</summary>
    internal static DataValue ListOf(DataValue[] items) => new(DataKind.List, items);

    /// <exception cref="InvalidOperationException">A string has a lone surrogate.</exception>
    internal static DataValue From(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.String => Text(json.GetString()!),
        JsonValueKind.Number => new(DataKind.Number, json.GetRawText()),
        JsonValueKind.True => new(DataKind.Boolean, "true"),
        JsonValueKind.False => new(DataKind.Boolean, "false"),
        JsonValueKind.Array => new(DataKind.List, json.EnumerateArray().Select(From).ToArray()),
        JsonValueKind.Object => new(DataKind.Object, json.EnumerateObject().ToDictionary(p => p.Name, p => From(p.Value), StringComparer.Ordinal)),
        _ => default,
    };

    /// <summary>The value as JSON.</summary>
    public JsonNode? ToJson() => Kind switch
    {
        DataKind.Null => null,
        DataKind.Text => JsonValue.Create(Scalar),
        DataKind.Number or DataKind.Boolean => JsonNode.Parse(Scalar!),
        DataKind.List => new JsonArray([.. List!.Select(item => item.ToJson())]),
        _ => new JsonObject(Members!.Select(member => KeyValuePair.Create(member.Key, member.Value.ToJson()))),
    };

    /// <summary>The kind in the words of an error message.</summary>
    internal string Describe() => Kind switch
    {
        DataKind.Null => "null",
        DataKind.Text => $"the text \"{Shorten(Scalar!)}\"",
        DataKind.Number => $"the number {Shorten(Scalar!)}",
        DataKind.Boolean => Scalar!,
        DataKind.List => $"a list of {List!.Count}",
        _ => "an object",
    };

    private static string Shorten(string text) => text.Length <= 40 ? text : text[..40] + "...";
}
