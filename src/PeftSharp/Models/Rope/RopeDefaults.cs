namespace PeftSharp.Models.Rope;

/// <summary>What a family calls its rotary settings, and what it takes for absent ones.</summary>
internal sealed record RopeDefaults
{
    /// <summary>The positions.</summary>
    public int Positions { get; init; } = 2048;

    /// <summary>The positions before they were stretched; null for all that there are.</summary>
    public int? OriginalPositions { get; init; }

    /// <summary>The key of θ beside the section.</summary>
    public string ThetaKey { get; init; } = "rope_theta";

    /// <summary>θ.</summary>
    public double Theta { get; init; } = 10000;

    /// <summary>The key of <see cref="Share"/> beside the section.</summary>
    public string ShareKey { get; init; } = "partial_rotary_factor";

    /// <summary>The share of a head that turns.</summary>
    public double Share { get; init; } = 1;

    /// <summary>True where it may be below 1.</summary>
    public bool HasParts { get; init; }

    /// <summary>Older words for <c>longrope</c>.</summary>
    public IReadOnlyList<string> OldTypes { get; init; } = [];
}
