using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using PeftSharp.Data;

namespace PeftSharp.Workflows.Configuration;

/// <summary>
/// A section of the configuration that is a record of options: its keys are the record's settable properties in snake
/// case, its defaults those of a new record. Only the lines of help are written by hand.
/// </summary>
internal static class RecordKeys
{
    private static readonly JsonSerializerOptions _json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        IgnoreReadOnlyProperties = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    /// <summary>The keys of a record, in the order of <paramref name="help"/>.</summary>
    /// <param name="section">The section's name.</param>
    /// <param name="help">A line for every key; a key without one is an error of ours that the tests find.</param>
    public static IReadOnlyList<ConfigKey> Of<TOptions>(string section, params (string Name, string Help)[] help)
        where TOptions : new()
    {
        TOptions defaults = new();
        Dictionary<string, PropertyInfo> properties = Properties<TOptions>();
        return [.. help.Select(line => Key(section, line.Name, line.Help, properties[line.Name], properties[line.Name].GetValue(defaults)))];
    }

    /// <summary>The names of the record's keys.</summary>
    public static IEnumerable<string> NamesOf<TOptions>() => Properties<TOptions>().Keys;

    /// <summary>The record of a section.</summary>
    /// <param name="values">The values that are set, of the right kinds.</param>
    /// <param name="place">For messages.</param>
    /// <exception cref="ConfigException">A number is too large for its property.</exception>
    public static TOptions Bind<TOptions>(JsonObject values, string place)
    {
        try
        {
            return values.Deserialize<TOptions>(_json)!;
        }
        catch (JsonException error)
        {
            throw new ConfigException($"{place}: {error.Path?.TrimStart('$', '.')} has a value out of range.", error);
        }
    }

    /// <summary>All values of a record that are not null, defaults included.</summary>
    public static JsonObject Write<TOptions>(TOptions options) => JsonSerializer.SerializeToNode(options, _json)!.AsObject();

    private static Dictionary<string, PropertyInfo> Properties<TOptions>() =>
        typeof(TOptions).GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.CanWrite && property.GetCustomAttribute<JsonIgnoreAttribute>() is null)
            .ToDictionary(property => JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name), StringComparer.Ordinal);

    private static ConfigKey Key(string section, string name, string help, PropertyInfo property, object? value)
    {
        Type type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        string[]? choices = type.IsEnum ? [.. Enum.GetNames(type).Select(JsonNamingPolicy.SnakeCaseLower.ConvertName)] : null;
        ConfigKind kind =
            choices is not null ? ConfigKind.Choice
            : type == typeof(bool) ? ConfigKind.Flag
            : type == typeof(char) ? ConfigKind.Character
            : type == typeof(int) || type == typeof(long) || type == typeof(ulong) ? ConfigKind.Integer
            : type == typeof(double) || type == typeof(float) ? ConfigKind.Number
            : type == typeof(string) ? ConfigKind.Text
            : type == typeof(ColumnNames) ? ConfigKind.Columns
            : typeof(IEnumerable<string>).IsAssignableFrom(type) ? ConfigKind.TextList
            : throw new NotSupportedException($"{property.DeclaringType?.Name}.{property.Name} is a {type.Name}, which no configuration key can hold.");
        string? shown = value switch
        {
            null => null,
            bool flag => flag ? "true" : "false",
            Enum choice => JsonNamingPolicy.SnakeCaseLower.ConvertName(choice.ToString()),
            string text => text,
            IEnumerable<string> list => string.Join(",", list),
            IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
            _ => null,
        };
        return new ConfigKey(section, name, kind, shown is { Length: 0 } ? null : shown, help, choices);
    }
}
