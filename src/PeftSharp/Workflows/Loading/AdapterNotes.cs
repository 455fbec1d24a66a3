using PeftSharp.Adapters;

namespace PeftSharp.Workflows.Loading;

/// <summary>What becomes of that which loading an adapter brought to light (<see cref="Adapter.Warnings"/>).</summary>
/// <param name="Warn">Gets each warning; null drops them.</param>
/// <param name="Strict">True to refuse an adapter whose config has keys that are not known here.</param>
public sealed record AdapterNotes(Action<string>? Warn = null, bool Strict = false)
{
    /// <summary>Tells the warnings of adapters.</summary>
    /// <exception cref="PeftException"><see cref="Strict"/>, and one of them has unknown keys.</exception>
    public void Tell(IEnumerable<Adapter> adapters)
    {
        ArgumentNullException.ThrowIfNull(adapters);
        foreach (Adapter adapter in adapters)
        {
            if (Strict && UnknownKeys.Of(adapter.Options) is { Count: > 0 } unknown)
                throw new PeftException($"The config of the adapter '{adapter.Name}' has keys that are not known here: {string.Join(", ", unknown)}. Without --strict they are told and read over.");
            foreach (string warning in adapter.Warnings)
                Warn?.Invoke(warning);
        }
    }
}
