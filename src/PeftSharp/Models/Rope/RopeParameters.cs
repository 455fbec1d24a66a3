using PeftSharp.IO;

namespace PeftSharp.Models.Rope;

/// <summary>
/// The rotary settings of a <c>config.json</c>, standardised as transformers 5 does: <c>rope_scaling</c>, where it says
/// anything, in place of <c>rope_parameters</c>; <c>rope_type</c> before the older <c>type</c>; a <c>rope_theta</c> inside
/// before the one outside.
/// </summary>
internal sealed class RopeParameters
{
    private const string OriginalKey = "original_max_position_embeddings";

    private const string ShareKey = "partial_rotary_factor";

    private readonly ModelConfig _config;
    private readonly JsonSettings? _section;
    private readonly RopeDefaults _defaults;

    private RopeParameters(ModelConfig config, JsonSettings? section, RopeDefaults defaults)
    {
        _config = config;
        _section = section;
        _defaults = defaults;
        Theta = section is not null && section.Has("rope_theta") ? section.Number("rope_theta") : config.Number(defaults.ThetaKey, defaults.Theta);
        string type = section is null ? "default" : section.Text("rope_type", section.Text("type", "default"));
        Type = defaults.OldTypes.Contains(type) ? "longrope" : type;
        if (!(Theta > 0))
            throw new PeftException($"{Source}: rope_theta is {Theta}; it must be above 0.");
    }

    /// <summary>The base θ of the wave lengths.</summary>
    public double Theta { get; }

    /// <summary>Which rule stretches them; <c>default</c> for none.</summary>
    public string Type { get; }

    /// <summary>Where the values come from, for messages.</summary>
    public string Source => _section?.Source ?? _config.Source;

    /// <summary>The positions that the config names.</summary>
    public int MaxPositions => _config.Size("max_position_embeddings", _defaults.Positions);

    /// <summary>
    /// The positions before they were stretched. transformers puts the one beside the section before the one inside it, and
    /// without either takes <see cref="MaxPositions"/>.
    /// </summary>
    public int OriginalPositions => _config.Has(OriginalKey) ? _config.Size(OriginalKey) : _section?.Size(OriginalKey, _defaults.OriginalPositions ?? MaxPositions) ?? MaxPositions;

    /// <summary>Reads those of a config.</summary>
    /// <param name="config">The config.</param>
    /// <param name="defaults">What its family calls them and takes for absent ones; null for LLaMA's.</param>
    public static RopeParameters Of(ModelConfig config, RopeDefaults? defaults = null)
    {
        JsonSettings? scaling = config.Section("rope_scaling"), parameters = config.Section("rope_parameters");
        return new(config, scaling is { IsEmpty: false } ? scaling : parameters, defaults ?? new());
    }

    /// <summary>The factor of stretching.</summary>
    /// <param name="otherwise">What stands for an absent one; null where it must be there.</param>
    public double Factor(double? otherwise = null) =>
        Number("factor", otherwise) is var factor and > 0 ? factor : throw new PeftException($"{Source}: 'factor' must be above 0.");

    /// <summary>A number of the section.</summary>
    public double Number(string key, double? otherwise = null) =>
        _section is not null ? _section.Number(key, otherwise) : otherwise ?? throw new PeftException($"{Source}: the key '{key}' is missing.");

    /// <summary>A number of the section, or null where it is absent or 0, which transformers takes for absent.</summary>
    public double? Optional(string key) => _section is not null && _section.Has(key) && _section.Number(key) is var number and not 0 ? number : null;

    /// <summary>True if the section has a value for a key.</summary>
    public bool Has(string key) => _section?.Has(key) ?? false;

    /// <summary>True or false of the section.</summary>
    public bool Flag(string key, bool otherwise) => _section?.Flag(key, otherwise) ?? otherwise;

    /// <summary>A list of so many numbers of the section.</summary>
    public IReadOnlyList<double> List(string key, int count) =>
        _section?.NumberList(key) is { } list && list.Count == count && list.All(number => number > 0)
            ? list
            : throw new PeftException($"{Source}: '{key}' must be a list of {count} numbers above 0, half the rows of a head that turn.");

    /// <summary>How many values of a head turn.</summary>
    /// <param name="headWidth">How many it has.</param>
    /// <exception cref="PeftException">The config asks for a share that the family does not have.</exception>
    public int Turned(int headWidth)
    {
        double share = Has(ShareKey) ? Number(ShareKey) : _config.Number(_defaults.ShareKey, _defaults.Share);
        if (share != 1 && !_defaults.HasParts)
            throw new PeftException($"{Source}: {ShareKey} is {share}; a {_config.ModelType} model turns whole heads, so that it must be 1.");
        int turned = (int)(headWidth * share);
        return turned > 0 && turned <= headWidth
            ? turned
            : throw new PeftException($"{Source}: {ShareKey} is {share}, which leaves {turned} of the {headWidth} values of a head to turn; it must be above 0 and at most 1.");
    }
}
