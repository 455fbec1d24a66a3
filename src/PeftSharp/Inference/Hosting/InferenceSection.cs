using Microsoft.Extensions.Configuration;
using PeftSharp.Data;

namespace PeftSharp.Inference;

/// <summary>Binds a section of a host's configuration to options; what it does not know it names, instead of leaving it out.</summary>
internal static class InferenceSection
{
    /// <summary>The keys of a section.</summary>
    public static IReadOnlyList<string> Keys { get; } =
    [
        nameof(InferenceOptions.Model), nameof(InferenceOptions.Adapter), nameof(InferenceOptions.Adapters), nameof(InferenceOptions.Labels),
        nameof(InferenceOptions.Dtype), nameof(InferenceOptions.Compute), nameof(InferenceOptions.Device), nameof(InferenceOptions.MaxLength),
        nameof(InferenceOptions.BatchSize), nameof(InferenceOptions.DisposeTimeout),
    ];

    /// <summary>Sets what the section has.</summary>
    /// <exception cref="PeftException">A key is not known.</exception>
    public static void Bind(IConfiguration section, InferenceOptions options)
    {
        foreach (IConfigurationSection child in section.GetChildren())
            if (!Keys.Contains(child.Key, StringComparer.OrdinalIgnoreCase))
                throw new PeftException(
                    $"{child.Path}: there is no option '{child.Key}'{NearestName.Suggestion(child.Key, Keys)}; the options are {string.Join(", ", Keys)}.");
        section.Bind(options);
    }
}
