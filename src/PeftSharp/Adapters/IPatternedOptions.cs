namespace PeftSharp.Adapters;

/// <summary>Options with settings of single modules, where of several patterns that match the first counts.</summary>
internal interface IPatternedOptions
{
    /// <summary><c>rank_pattern</c>.</summary>
    IReadOnlyDictionary<string, double> RankPattern { get; }

    /// <summary><c>alpha_pattern</c>.</summary>
    IReadOnlyDictionary<string, double> AlphaPattern { get; }

    /// <summary>The same options with other patterns.</summary>
    PeftOptions WithPatterns(IReadOnlyDictionary<string, double> rankPattern, IReadOnlyDictionary<string, double> alphaPattern);
}
