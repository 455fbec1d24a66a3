namespace PeftSharp;

/// <summary>A call named an adapter that is not loaded: for a service, a request for something that is not there.</summary>
public sealed class AdapterNotFoundException : PeftException
{
    /// <summary>The error for a name among those that are loaded.</summary>
    public AdapterNotFoundException(string name, IEnumerable<string> loaded)
        : base($"There is no adapter named '{name}'; loaded are {(string.Join(", ", loaded.Order(StringComparer.Ordinal)) is { Length: > 0 } names ? names : "none")}.")
    {
        Name = name;
    }

    /// <summary>The name that the call gave.</summary>
    public string Name { get; }
}
