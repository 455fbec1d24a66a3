using System.Globalization;
using System.Text.RegularExpressions;
using PeftSharp.Data;
using PeftSharp.IO;
using PeftSharp.Models;
using PeftSharp.Models.Nodes;

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

    /// <summary>True if the path is named.</summary>
    internal bool Matches(string path) =>
        Names is not null
            ? Names.Any(name => path == name || path.EndsWith("." + name, StringComparison.Ordinal))
            : SafeRegex.WholeMatch(Pattern!, path);

    /// <inheritdoc/>
    public override string ToString() => Pattern ?? string.Join(", ", Names!);
}

/// <summary>Which of the matching modules are left after <c>exclude_modules</c> and <c>layers_to_transform</c>.</summary>
internal sealed record TargetSelection(
    TargetModules Targets, TargetModules? Exclude = null, IReadOnlyList<int>? Layers = null, IReadOnlyList<string>? LayersPattern = null)
{
    /// <summary>The nodes of a model that are selected, in its order.</summary>
    /// <exception cref="PeftException">Nothing is; the message names the closest modules.</exception>
    public IReadOnlyList<Node> Select(BaseModel model)
    {
        List<Node> selected = [.. model.Nodes.Where(Selects)];
        if (selected.Count == 0)
            throw new PeftException(Explain(model));
        if (Targets.Names is not null)
            foreach (string name in Targets.Names)
                if (!model.Nodes.Any(node => TargetModules.Of(name).Matches(node.Path)))
                    throw new PeftException(NothingLike(model, name));
        return selected;
    }

    private bool Selects(Node node)
    {
        if (Exclude is not null && Exclude.Matches(node.Path))
            return false;
        bool named = Targets.Pattern == TargetModules.AllLinearWord
            ? node is Linear { IsHead: false }
            : Targets.Matches(node.Path);
        return named && (Layers is null || LayerOf(node.Path) is { } layer && Layers.Contains(layer));
    }

    /// <summary>The layer number in a path: the number after the pattern's name, or after any name.</summary>
    private int? LayerOf(string path)
    {
        string[] parts = path.Split('.');
        for (int i = parts.Length - 2; i > 0; i--)
            if (int.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out int layer)
                && (LayersPattern is not { Count: > 0 } || LayersPattern.Contains(parts[i - 1])))
                return layer;
        return null;
    }

    private string Explain(BaseModel model)
    {
        if (!model.Nodes.Any(node => Targets.Matches(node.Path)) && Targets.Names is { Count: > 0 } names)
            return NothingLike(model, names[0]);
        return $"target_modules '{Targets}' with exclude_modules, layers_to_transform and layers_pattern as given selects no module of this model; it has {Endings(model)}.";
    }

    private static string NothingLike(BaseModel model, string name) =>
        $"target_modules: '{name}' matches no module of this model{NearestName.Suggestion(name, model.Nodes.Select(node => node.Name))}; it has {Endings(model)}.";

    private static string Endings(BaseModel model) =>
        string.Join(", ", model.Nodes.OfType<Linear>().Select(node => node.Name).Distinct(StringComparer.Ordinal));
}

/// <summary>Regular expressions from files: without backtracking where possible, else with a time limit.</summary>
internal static class SafeRegex
{
    private const int MostKept = 2048;

    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(1);
    private static readonly System.Collections.Concurrent.ConcurrentDictionary<string, Regex> _made = new(StringComparer.Ordinal);

    /// <summary>Python's <c>re.fullmatch</c>.</summary>
    /// <exception cref="PeftException">The pattern is not a regular expression, or takes too long.</exception>
    public static bool WholeMatch(string pattern, string text)
    {
        try
        {
            // The same few patterns are asked of every module.
            if (_made.Count > MostKept)
                _made.Clear();
            return _made.GetOrAdd($@"\A(?:{pattern})\z", Make).IsMatch(text);
        }
        catch (RegexMatchTimeoutException error)
        {
            throw new PeftException($"The regular expression '{pattern}' takes too long on '{text}'; simplify it.", error);
        }
        catch (ArgumentException error)
        {
            throw new PeftException($"'{pattern}' is not a regular expression: {error.Message}", error);
        }
    }

    private static Regex Make(string pattern)
    {
        try
        {
            return new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, _limit);
        }
        catch (NotSupportedException)
        {
            // Look-arounds and back-references need the backtracking engine.
            return new Regex(pattern, RegexOptions.CultureInvariant, _limit);
        }
    }
}
