using PeftSharp.IO;

namespace PeftSharp.Adapters;

/// <summary>
/// Which modules a method targets, as HF's <c>target_modules</c> says it: a list of names matches a path exactly or as
/// its ending; a single string is a regular expression for the whole path; <c>all-linear</c> means every linear layer
/// but the output head (tuners_utils.py).
/// </summary>
public sealed record TargetModules
{
    /// <summary>The word for every linear layer but the head.</summary>
    public const string AllLinearWord = "all-linear";

    private TargetModules()
    {
    }

    /// <summary>Names or path endings.</summary>
    public IReadOnlyList<string>? Names { get; private init; }

    /// <summary>A regular expression, or <see cref="AllLinearWord"/>.</summary>
    public string? Pattern { get; private init; }

    /// <summary>Every linear layer but the output head.</summary>
    public static TargetModules AllLinear { get; } = new() { Pattern = AllLinearWord };

    /// <summary>Modules by name or path ending.</summary>
    public static TargetModules Of(params string[] names) => new() { Names = [.. names] };

    /// <summary>Modules whose whole path matches a regular expression.</summary>
    public static TargetModules Matching(string pattern) => new() { Pattern = pattern };

    /// <summary>Reads a value that is a string or a list of strings; null where it is absent.</summary>
    internal static TargetModules? Read(JsonSettings settings, string key) => settings.Raw(key) switch
    {
        null => null,
        { ValueKind: System.Text.Json.JsonValueKind.String } word => Matching(word.GetString()!),
        _ => Of([.. settings.Names(key)!]),
    };

    /// <summary>The value as it stands in a config file.</summary>
    internal System.Text.Json.Nodes.JsonNode? ToJson() =>
        Pattern is not null ? Pattern : new System.Text.Json.Nodes.JsonArray([.. Names!.Select(name => (System.Text.Json.Nodes.JsonNode?)name)]);

    /// <summary>True for <see cref="AllLinearWord"/>, however it is written.</summary>
    internal bool IsAllLinear => string.Equals(Pattern, AllLinearWord, StringComparison.OrdinalIgnoreCase);

    /// <summary>True if the path itself stands in the list.</summary>
    internal bool HasWhole(string path) => Names?.Contains(path) ?? false;

    /// <summary>True if the path is named.</summary>
    internal bool Matches(string path) =>
        Names is not null
            ? Names.Any(name => path == name || path.EndsWith("." + name, StringComparison.Ordinal))
            : PythonRegex.FullMatch(Pattern!, path);

    /// <inheritdoc/>
    public override string ToString() => Pattern ?? string.Join(", ", Names!);
}
