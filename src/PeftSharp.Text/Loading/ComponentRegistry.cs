namespace PeftSharp.Text.Loading;

/// <summary>Reads the components of one kind by their <c>"type"</c>.</summary>
internal sealed class ComponentRegistry<T>
    where T : class
{
    private readonly string _kind;
    private readonly Dictionary<string, Func<JsonPart, T>> _readers = [];

    public ComponentRegistry(string kind) => _kind = kind;

    public Func<JsonPart, T> this[string type]
    {
        set => _readers.Add(type, value);
    }

    public T Read(JsonPart part)
    {
        string type = part.Get("type").String();
        return _readers.TryGetValue(type, out Func<JsonPart, T>? read)
            ? read(part)
            : throw part.Error($"{_kind} \"{JsonPart.Shorten(type)}\" is not supported; supported: {string.Join(", ", _readers.Keys.Order())}.");
    }

    /// <summary>The component, or null where the file has null.</summary>
    public T? ReadOptional(JsonPart? part) => part is { } present ? Read(present) : null;

    /// <summary>The list in <paramref name="name"/> of a <c>Sequence</c>.</summary>
    public T[] ReadList(JsonPart part, string name)
    {
        part.AllowOnly("type", name);
        return [.. part.Get(name).Items().Select(Read)];
    }
}
