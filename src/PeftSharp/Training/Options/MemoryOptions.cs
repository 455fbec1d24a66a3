using PeftSharp.IO;

namespace PeftSharp.Training;

/// <summary>What is kept in memory and what is computed again.</summary>
public sealed record MemoryOptions
{
    /// <summary>
    /// Keep of each layer only its input, and compute the layer again in the backward (HF's <c>gradient_checkpointing</c>): less
    /// memory, about a third more time, the same gradients.
    /// </summary>
    public bool GradientCheckpointing { get; init; }

    /// <summary>
    /// Run the layers below the lowest one that anything trained reaches once for each example, and take their hidden states
    /// from memory in later epochs (<c>cache_frozen_layers</c>). Where the run does not allow it, it says why and goes on
    /// without. Off by default: it takes memory, and states computed in another batch may differ in the last bit, so that a
    /// resumed run is no longer the uninterrupted one bit for bit.
    /// </summary>
    public bool CacheFrozenLayers { get; init; }

    /// <summary>The most MiB that these may take in memory; null is a quarter of what the machine has (<c>frozen_cache_mb</c>).</summary>
    public int? CacheMegabytes { get; init; }

    /// <summary>Where a temporary file takes them if that is not enough; null keeps those of as many examples as fit (<c>frozen_cache_dir</c>).</summary>
    public string? CacheFolder { get; init; }

    /// <summary>The most bytes in memory.</summary>
    internal long CacheBytes => CacheMegabytes is { } megabytes ? (long)megabytes << 20 : GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4;

    internal static MemoryOptions Read(JsonSettings settings) => new()
    {
        GradientCheckpointing = settings.Flag("gradient_checkpointing", false),
        CacheFrozenLayers = settings.Flag("cache_frozen_layers", false),
        CacheMegabytes = settings.OptionalWhole("frozen_cache_mb", 1),
        CacheFolder = settings.OptionalText("frozen_cache_dir"),
    };

    internal void Validate()
    {
        SettingsReads.Require(CacheMegabytes is null or > 0, "frozen_cache_mb", "above 0");
        SettingsReads.Require(CacheFolder is null || !string.IsNullOrWhiteSpace(CacheFolder), "frozen_cache_dir", "a path");
    }
}
