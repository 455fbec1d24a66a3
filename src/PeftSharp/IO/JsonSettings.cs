using System.Text.Json;
using PeftSharp.Data;

namespace PeftSharp.IO;

/// <summary>
/// A JSON object of settings (a model's <c>config.json</c>, an <c>adapter_config.json</c>, the resolved YAML of a run):
/// typed reads whose errors name the file and the key, and a record of the keys nobody read.
/// </summary>
public class JsonSettings
{
    private readonly JsonElement _root;
    private readonly HashSet<string> _read = new(StringComparer.Ordinal);

    private protected JsonSettings(string source, JsonElement root)
    {
        Source = source;
        _root = root;
    }

    /// <summary>The file (or another word for where the values came from), for messages.</summary>
    public string Source { get; }

    /// <summary>The text of the file, with every key it has.</summary>
    public string Json => _root.GetRawText();

    /// <summary>The keys that no read has asked for, in the order of the file.</summary>
    public IEnumerable<string> UnreadKeys =>
        _root.EnumerateObject().Select(pair => pair.Name).Where(name => !_read.Contains(name));

    /// <summary>Reads the text of a JSON object.</summary>
    /// <param name="json">The text.</param>
    /// <param name="source">A name for messages.</param>
    /// <exception cref="PeftException">The text is not a JSON object.</exception>
    public static JsonSettings Parse(string json, string source) => new(source, ParseObject(json, source));

    /// <summary>Reads a file that holds a JSON object.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="PeftException">The file is not a JSON object.</exception>
    public static JsonSettings Load(string path) => Parse(SmallFile.ReadText(path), path);

    /// <summary>True if the key is there and not null.</summary>
    public bool Has(string key) => Find(key) is not null;

    /// <summary>True if the key is there and null.</summary>
    public bool IsNull(string key) => _root.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.Null;

    /// <summary>True where there is no key at all.</summary>
    public bool IsEmpty => !_root.EnumerateObject().Any();

    /// <summary>A part of the config that is an object of its own (such as <c>rope_parameters</c>), or null.</summary>
    public JsonSettings? Section(string key) => Find(key) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Object } section => new JsonSettings($"{Source}: {key}", section),
        _ => throw Wrong(key, "an object"),
    };

    /// <summary>A whole number above 0.</summary>
    public int Size(string key, int? fallback = null)
    {
        if (Find(key) is not { } value)
            return fallback ?? throw Missing(key);
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) && number > 0
            ? number
            : throw Wrong(key, "a whole number above 0");
    }

    /// <summary>A whole number of at least <paramref name="minimum"/>.</summary>
    public int Whole(string key, int fallback, int minimum)
    {
        double number = Number(key, fallback);
        return double.IsInteger(number) && number >= minimum && number <= int.MaxValue
            ? (int)number
            : throw Wrong(key, $"a whole number of at least {minimum}");
    }

    /// <summary>A whole number of 0 or more, or null where the key is absent or null.</summary>
    public long? OptionalIndex(string key)
    {
        if (Find(key) is not { } value)
            return null;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long number)
            ? number >= 0 ? number : null
            : throw Wrong(key, "a whole number");
    }

    /// <summary>A finite number.</summary>
    public double Number(string key, double? fallback = null)
    {
        if (Find(key) is not { } value)
            return fallback ?? throw Missing(key);
        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && double.IsFinite(number)
            ? number
            : throw Wrong(key, "a number");
    }

    /// <summary>A probability in [0, 1).</summary>
    public double Probability(string key, double fallback) =>
        Number(key, fallback) is var number and >= 0 and < 1 ? number : throw Wrong(key, "a probability from 0 to below 1");

    /// <summary>True or false.</summary>
    public bool Flag(string key, bool fallback) => Find(key) switch
    {
        null => fallback,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        _ => throw Wrong(key, "true or false"),
    };

    /// <summary>A string.</summary>
    public string Text(string key, string? fallback = null) => Find(key) switch
    {
        null => fallback ?? throw Missing(key),
        { ValueKind: JsonValueKind.String } value => value.GetString()!,
        _ => throw Wrong(key, "a string"),
    };

    /// <summary>A string, or null where the key is absent or null.</summary>
    public string? OptionalText(string key) => Has(key) ? Text(key) : null;

    /// <summary>One of several names. YAML's bare <c>no</c> may arrive as false and counts as the name.</summary>
    public T Choice<T>(string key, T fallback, IReadOnlyList<(T Value, string Name)> choices)
    {
        ArgumentNullException.ThrowIfNull(choices);
        if (Find(key) is not { } raw)
            return fallback;
        string name = raw.ValueKind == JsonValueKind.False ? "no" : Text(key);
        foreach ((T value, string known) in choices)
            if (known == name)
                return value;
        IEnumerable<string> names = choices.Select(choice => choice.Name);
        throw new PeftException(
            $"{Source}: '{key}' is '{name}'{NearestName.Suggestion(name, names)}; it must be one of {string.Join(", ", names)}.");
    }

    /// <summary>A list of strings, or null where the key is absent or null.</summary>
    public IReadOnlyList<string>? Names(string key)
    {
        if (Find(key) is not { } value)
            return null;
        if (value.ValueKind != JsonValueKind.Array || value.EnumerateArray().Any(item => item.ValueKind != JsonValueKind.String))
            throw Wrong(key, "a list of strings");
        return [.. value.EnumerateArray().Select(item => item.GetString()!)];
    }

    /// <summary>A list of whole numbers (a single one counts as a list), or null where the key is absent or null.</summary>
    public IReadOnlyList<int>? Integers(string key)
    {
        if (Find(key) is not { } value)
            return null;
        IEnumerable<JsonElement> items = value.ValueKind == JsonValueKind.Array ? value.EnumerateArray() : [value];
        List<int> numbers = [];
        foreach (JsonElement item in items)
            numbers.Add(item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out int number)
                ? number
                : throw Wrong(key, "a list of whole numbers"));
        return numbers;
    }

    /// <summary>A list of finite numbers, or null where the key is absent or null.</summary>
    public IReadOnlyList<double>? NumberList(string key)
    {
        if (Find(key) is not { } value)
            return null;
        if (value.ValueKind != JsonValueKind.Array)
            throw Wrong(key, "a list of numbers");
        List<double> numbers = [];
        foreach (JsonElement item in value.EnumerateArray())
            numbers.Add(item.ValueKind == JsonValueKind.Number && item.TryGetDouble(out double number) && double.IsFinite(number)
                ? number
                : throw Wrong(key, "a list of numbers"));
        return numbers;
    }

    /// <summary>An object of names to numbers; empty where the key is absent or null.</summary>
    public IReadOnlyDictionary<string, double> Numbers(string key)
    {
        Dictionary<string, double> map = new(StringComparer.Ordinal);
        if (Find(key) is not { } value)
            return map;
        if (value.ValueKind != JsonValueKind.Object)
            throw Wrong(key, "an object of names to numbers");
        foreach (JsonProperty pair in value.EnumerateObject())
            map[pair.Name] = pair.Value.ValueKind == JsonValueKind.Number && pair.Value.TryGetDouble(out double number) && double.IsFinite(number)
                ? number
                : throw Wrong($"{key}.{pair.Name}", "a number");
        return map;
    }

    /// <summary>The value as it stands in the file, or null where the key is absent or null.</summary>
    public JsonElement? Raw(string key) => Find(key);

    /// <summary>The error for a value that cannot be used.</summary>
    public PeftException Wrong(string key, string wanted) => new($"{Source}: '{key}' must be {wanted}.");

    /// <summary>Parses a text that must be a JSON object.</summary>
    private protected static JsonElement ParseObject(string json, string source)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw new PeftException($"{source}: expected a JSON object.");
            RequireText(document.RootElement, source);
            return document.RootElement.Clone();
        }
        catch (JsonException error)
        {
            throw new PeftException($"{source}: not valid JSON: {error.Message}", error);
        }
    }

    /// <summary>JSON can escape halves of characters (<c>\ud800</c> alone), of which no text can be made.</summary>
    private static void RequireText(JsonElement value, string place)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (JsonProperty pair in value.EnumerateObject())
                    RequireText(pair.Value, $"{place}: '{TextOf(() => pair.Name, place)}'");
                break;
            case JsonValueKind.Array:
                foreach (JsonElement item in value.EnumerateArray())
                    RequireText(item, place);
                break;
            case JsonValueKind.String:
                TextOf(() => value.GetString()!, place);
                break;
        }
    }

    private static string TextOf(Func<string> read, string place)
    {
        try
        {
            return read();
        }
        catch (InvalidOperationException error)
        {
            throw new PeftException($"{place}: a text has half of a character (an escape \\ud800 to \\udfff alone); write the whole character.", error);
        }
    }

    private JsonElement? Find(string key)
    {
        _read.Add(key);
        return _root.TryGetProperty(key, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }

    private PeftException Missing(string key) => new($"{Source}: the key '{key}' is missing.");
}
