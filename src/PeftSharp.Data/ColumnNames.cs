using System.Text.Json;
using System.Text.Json.Serialization;

namespace PeftSharp.Data;

/// <summary>The name of a column, or those of several: in YAML <c>label: topic</c> or <c>label: [toxic, rude]</c>.</summary>
[JsonConverter(typeof(Converter))]
public sealed class ColumnNames : IEquatable<ColumnNames>
{
    /// <summary>Several columns, at least one.</summary>
    /// <exception cref="ArgumentException">There are none.</exception>
    public ColumnNames(IReadOnlyList<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        All = names.Count > 0 ? names : throw new ArgumentException("There are no columns.", nameof(names));
    }

    /// <summary>The names, in order.</summary>
    public IReadOnlyList<string> All { get; }

    /// <summary>The name of the one column; null where there are several.</summary>
    public string? Single => All.Count == 1 ? All[0] : null;

    /// <summary>One column.</summary>
    public static implicit operator ColumnNames(string name) => FromString(name);

    /// <summary>One column.</summary>
    public static ColumnNames FromString(string name) => new([name]);

    /// <inheritdoc/>
    public bool Equals(ColumnNames? other) => other is not null && All.SequenceEqual(other.All, StringComparer.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ColumnNames);

    /// <inheritdoc/>
    public override int GetHashCode() => All.Aggregate(0, (hash, name) => HashCode.Combine(hash, name));

    /// <inheritdoc/>
    public override string ToString() => string.Join(", ", All);

    private sealed class Converter : JsonConverter<ColumnNames>
    {
        public override ColumnNames? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.String ? new([reader.GetString()!])
            : JsonSerializer.Deserialize<string[]>(ref reader, options) is { Length: > 0 } names ? new(names)
            : throw new JsonException("There are no columns.");

        public override void Write(Utf8JsonWriter writer, ColumnNames value, JsonSerializerOptions options)
        {
            if (value.Single is { } name)
                writer.WriteStringValue(name);
            else
                JsonSerializer.Serialize(writer, value.All, options);
        }
    }
}
