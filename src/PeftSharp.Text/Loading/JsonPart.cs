using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace PeftSharp.Text.Loading;

/// <summary>
/// A value in a JSON file that knows its path and its file, so that every complaint names both. All getters throw
/// <see cref="InvalidDataException"/> on a value of the wrong kind.
/// </summary>
internal readonly struct JsonPart
{
    public JsonPart(JsonElement element, string file, string path = "$")
    {
        Element = element;
        File = file;
        Path = path;
    }

    public JsonElement Element { get; }

    public string File { get; }

    public string Path { get; }

    public InvalidDataException Error(string message) => new($"{File}: {Path}: {message}");

    /// <summary>The property of that name, or null if it is missing or JSON null.</summary>
    public JsonPart? Find(string name)
    {
        RequireKind(JsonValueKind.Object, "an object");
        return Element.TryGetProperty(name, out JsonElement found) && found.ValueKind != JsonValueKind.Null
            ? new JsonPart(found, File, $"{Path}.{name}")
            : null;
    }

    public JsonPart Get(string name) => Find(name) ?? throw Error($"\"{name}\" is missing.");

    public bool IsKind(JsonValueKind kind) => Element.ValueKind == kind;

    /// <summary>Rejects every property but these: an option that is not understood could change the result.</summary>
    public void AllowOnly(params ReadOnlySpan<string> names)
    {
        RequireKind(JsonValueKind.Object, "an object");
        foreach (JsonProperty property in Element.EnumerateObject())
        {
            string name = NameOf(property);
            if (!names.Contains(name))
                throw Error($"unknown option \"{Shorten(name)}\"; known here: {string.Join(", ", names.ToArray())}.");
        }
    }

    public bool Bool() => Element.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Expected("true or false"),
    };

    public bool Bool(string name, bool ifMissing) => Find(name)?.Bool() ?? ifMissing;

    public string String()
    {
        RequireKind(JsonValueKind.String, "a string");
        try
        {
            return Element.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw new InvalidDataException($"{File}: {Path}: the string is not valid UTF-8 or holds half a surrogate pair.", e);
        }
    }

    /// <summary>A whole number from 0 to <paramref name="max"/>.</summary>
    public int Count(int max = int.MaxValue)
    {
        if (Element.ValueKind != JsonValueKind.Number || !Element.TryGetInt32(out int value) || value < 0 || value > max)
            throw Expected($"a whole number from 0 to {max.ToString(CultureInfo.InvariantCulture)}");
        return value;
    }

    /// <summary>A finite number.</summary>
    public double Number() => Element.ValueKind == JsonValueKind.Number && Element.TryGetDouble(out double value) && double.IsFinite(value)
        ? value
        : throw Expected("a number");

    /// <summary>A string of one character.</summary>
    public Rune Character()
    {
        string text = String();
        return Rune.DecodeFromUtf16(text, out Rune rune, out int length) == OperationStatus.Done && length == text.Length
            ? rune
            : throw Error($"expected one character, found \"{Shorten(text)}\".");
    }

    /// <summary>A token id.</summary>
    public int Id() => Count();

    public IEnumerable<JsonPart> Items()
    {
        RequireKind(JsonValueKind.Array, "a list");
        return Enumerate(this);

        static IEnumerable<JsonPart> Enumerate(JsonPart part)
        {
            int index = 0;
            foreach (JsonElement item in part.Element.EnumerateArray())
                yield return new JsonPart(item, part.File, $"{part.Path}[{index++.ToString(CultureInfo.InvariantCulture)}]");
        }
    }

    /// <summary>One of the named values.</summary>
    public T Choice<T>(params ReadOnlySpan<(string Name, T Value)> choices)
    {
        string text = String();
        List<string> known = [];
        foreach ((string name, T value) in choices)
        {
            if (name == text)
                return value;
            known.Add(name);
        }
        throw Error($"unknown value \"{Shorten(text)}\"; known: {string.Join(", ", known)}.");
    }

    public string NameOf(JsonProperty property)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException e)
        {
            throw new InvalidDataException($"{File}: {Path}: a property name is not valid UTF-8 or holds half a surrogate pair.", e);
        }
    }

    public void RequireKind(JsonValueKind kind, string what)
    {
        if (Element.ValueKind != kind)
            throw Expected(what);
    }

    public InvalidDataException Expected(string what) => Error($"expected {what}, found {Describe(Element)}.");

    internal static string Shorten(string text) => text.Length <= 60 ? text : string.Concat(text.AsSpan(0, 57), "...");

    private static string Describe(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "the number " + Shorten(element.GetRawText()),
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        _ => "null",
    };
}
