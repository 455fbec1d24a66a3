using PeftSharp.Models.Nodes;

namespace PeftSharp.Adapters;

/// <summary>
/// The order of <c>rank_pattern</c> and <c>alpha_pattern</c> in files. The first pattern that matches a module counts, and HF PEFT sorts
/// the keys of every file that it writes, so an order that matters would not outlive its next saving.
/// </summary>
internal static class PatternOrder
{
    private static readonly string[] _keys = ["rank_pattern", "alpha_pattern"];

    /// <summary>The keys whose objects keep their order in the file.</summary>
    public static IReadOnlyCollection<string> KeysOf(PeftOptions options) => options is IPatternedOptions ? _keys : [];

    /// <summary>The options with patterns that mean the same for an adapter's modules in any order: whole paths where they would not.</summary>
    public static PeftOptions Kept(PeftOptions options, Adapter adapter)
    {
        if (options is not IPatternedOptions { RankPattern: var ranks, AlphaPattern: var alphas } patterned || ranks.Count + alphas.Count < 2)
            return options;
        string[] paths = [.. adapter.Model.Nodes.Where(node => IsAdapted(adapter, node)).Select(node => node.Path)];
        IReadOnlyDictionary<string, double> keptRanks = Kept(ranks, paths), keptAlphas = Kept(alphas, paths);
        return ReferenceEquals(keptRanks, ranks) && ReferenceEquals(keptAlphas, alphas) ? options : patterned.WithPatterns(keptRanks, keptAlphas);
    }

    private static bool IsAdapted(Adapter adapter, Node node) =>
        adapter.Slots.Linear.ContainsKey(node.Id) || adapter.Slots.Embedding.ContainsKey(node.Id);

    private static IReadOnlyDictionary<string, double> Kept(IReadOnlyDictionary<string, double> patterns, string[] paths)
    {
        if (patterns.Count < 2)
            return patterns;
        // Python sorts by code points; those of the patterns' characters in UTF-16 are in the same order but for rare ones beyond it.
        Dictionary<string, double> sorted = patterns.OrderBy(pair => pair.Key, StringComparer.Ordinal).ToDictionary();
        return paths.All(path => ModulePatterns.Find(patterns, path) == ModulePatterns.Find(sorted, path))
            ? patterns
            : paths.Where(path => ModulePatterns.Find(patterns, path) is not null).ToDictionary(path => path, path => ModulePatterns.Find(patterns, path)!.Value);
    }
}
