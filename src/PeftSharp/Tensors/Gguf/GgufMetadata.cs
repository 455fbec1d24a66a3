using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace PeftSharp.Tensors.Gguf;

/// <summary>
/// The metadata of a GGUF file, in its order: names such as <c>llama.block_count</c> and values of the .NET types that
/// <see cref="GgufValueType"/> lists. Typed reads say which file and key is wrong.
/// </summary>
public sealed class GgufMetadata : IEnumerable<KeyValuePair<string, object>>
{
    private readonly OrderedDictionary<string, object> _values = new(StringComparer.Ordinal);

    /// <param name="source">The file, for messages.</param>
    public GgufMetadata(string source = "the metadata") => Source = source;

    /// <summary>The file, for messages.</summary>
    public string Source { get; }

    /// <summary>The number of entries.</summary>
    public int Count => _values.Count;

    /// <summary>Adds an entry at the end.</summary>
    /// <param name="key">Lower-case words with dots between them.</param>
    /// <param name="value">A value of one of the format's types; a .NET array becomes a <see cref="GgufArray"/>.</param>
    /// <exception cref="ArgumentException">The key is there already, or the format has no such type.</exception>
    public void Add(string key, object value)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        ArgumentNullException.ThrowIfNull(value);
        object stored = value is Array items ? new GgufArray(items) : value;
        if (GgufValueTypes.Of(stored.GetType()) is null)
            throw new ArgumentException($"{key}: GGUF has no values of type {value.GetType()}.", nameof(value));
        if (!_values.TryAdd(key, stored))
            throw new ArgumentException($"{Shown.Quote(key)} is there already.", nameof(key));
    }

    /// <summary>True where there is such a key.</summary>
    public bool Has(string key) => _values.ContainsKey(key);

    /// <summary>The value of a key, whatever its type.</summary>
    public bool TryGet(string key, [NotNullWhen(true)] out object? value) => _values.TryGetValue(key, out value);

    /// <summary>A string.</summary>
    /// <exception cref="InvalidDataException">The key is missing and has no fallback, or is something else.</exception>
    public string Text(string key, string? fallback = null) => Get<string>(key, "a string") ?? fallback ?? throw Missing(key);

    /// <summary>A whole number from 0 to 2^31 − 1, of any integer type.</summary>
    /// <exception cref="InvalidDataException">The key is missing and has no fallback, or is something else.</exception>
    public int Count32(string key, int? fallback = null)
    {
        if (!_values.TryGetValue(key, out object? value))
            return fallback ?? throw Missing(key);
        Int128? number = value switch
        {
            byte or sbyte or ushort or short or uint or int or long => Convert.ToInt64(value, CultureInfo.InvariantCulture),
            ulong n => n,
            _ => null,
        };
        return number is { } found && found >= 0 && found <= int.MaxValue ? (int)found : throw Wrong(key, "a whole number from 0 to 2147483647", value);
    }

    /// <summary>A finite number of a floating-point type.</summary>
    /// <exception cref="InvalidDataException">The key is missing and has no fallback, or is something else.</exception>
    public double Number(string key, double? fallback = null)
    {
        if (!_values.TryGetValue(key, out object? value))
            return fallback ?? throw Missing(key);
        double? number = value switch { float f => f, double d => d, _ => null };
        return number is { } found && double.IsFinite(found) ? found : throw Wrong(key, "a finite number", value);
    }

    /// <summary>True or false.</summary>
    /// <exception cref="InvalidDataException">The value is something else.</exception>
    public bool Flag(string key, bool fallback) =>
        !_values.TryGetValue(key, out object? value) ? fallback : value is bool flag ? flag : throw Wrong(key, "true or false", value);

    /// <summary>An array of <typeparamref name="T"/>, or null where the key is missing.</summary>
    /// <exception cref="InvalidDataException">The value is something else.</exception>
    public IReadOnlyList<T>? Items<T>(string key) =>
        !_values.TryGetValue(key, out object? value) ? null
        : value is GgufArray { Items: T[] items } ? items
        : throw Wrong(key, $"an array of {GgufValueTypes.Of(typeof(T))}", value);

    /// <summary>Every entry as text, arrays by their size.</summary>
    internal IReadOnlyDictionary<string, string> ToTexts()
    {
        OrderedDictionary<string, string> texts = new(_values.Count, StringComparer.Ordinal);
        foreach ((string key, object value) in _values)
            texts.Add(key, Convert.ToString(value, CultureInfo.InvariantCulture)!);
        return texts;
    }

    /// <summary>The error for a value that cannot be used.</summary>
    internal InvalidDataException Wrong(string key, string wanted, object value) =>
        new($"{Source}: {Shown.Quote(key)} must be {wanted}, not {Shown.Quote(Convert.ToString(value, CultureInfo.InvariantCulture)!)} ({GgufValueTypes.Of(value.GetType())}).");

    private T? Get<T>(string key, string wanted)
        where T : class =>
        !_values.TryGetValue(key, out object? value) ? null : value as T ?? throw Wrong(key, wanted, value);

    private InvalidDataException Missing(string key) => new($"{Source}: {Shown.Quote(key)} is missing.");

    /// <inheritdoc />
    public IEnumerator<KeyValuePair<string, object>> GetEnumerator() => _values.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
