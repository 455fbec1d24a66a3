using PeftSharp.Workflows.Configuration;

namespace PeftSharp.Workflows.Comparing;

/// <summary>
/// Runs that differ in their method and share everything else: the configuration of a run, with a <c>compare</c> section
/// that lists variants of it, or with the names of methods.
/// </summary>
/// <example><code>
/// ComparisonConfig config = ComparisonConfig.Load("run.yaml", [new("num_train_epochs", "1")], ["LORA", "BITFIT", "FULL"]);
/// </code></example>
public sealed record ComparisonConfig
{
    /// <summary>The folder of the comparison: the run's <c>output_dir</c>.</summary>
    public required string Folder { get; init; }

    /// <summary>The runs, in the order to train and show them.</summary>
    public required IReadOnlyList<ComparisonVariant> Variants { get; init; }

    /// <summary>Reads a comparison and checks every run of it.</summary>
    /// <param name="file">A YAML file; null takes everything from the flags.</param>
    /// <param name="overrides">Flags over the file; what a variant sets itself wins over both.</param>
    /// <param name="methods">Names of methods, each with <see cref="MethodSettings"/>, in place of the <c>compare</c> section.</param>
    /// <exception cref="ConfigException">There is nothing to compare, two variants have one name, or a run cannot be used as it stands.</exception>
    public static ComparisonConfig Load(string? file, IEnumerable<ConfigOverride> overrides, IReadOnlyList<string>? methods = null)
    {
        ConfigOverride[] flags = [.. overrides];
        ConfigNode? root = file is null ? null : YamlReader.ReadFile(file);
        (ConfigNode? run, ConfigNode? listed) = Split(root);
        ConfigValues values = ConfigValues.Load(ConfigSchema.OfTraining, run, file, flags);
        ConfigNode list = methods is not null
            ? new ConfigNode.List([.. methods.Select(method => new ConfigNode.Scalar(method, Plain: false, "--methods"))], "--methods")
            : listed ?? throw new ConfigException($"{values.Source}: there is nothing to compare; give --methods LORA,BITFIT,FULL, or list variants in a {ConfigKeys.Compare} section.");
        VariantReader reader = new(values);
        IReadOnlyList<ComparisonVariant> variants = reader.Read(list);
        reader.RequireEffect(flags);
        if (variants[0].Config.Data is { Test: null, Eval: null })
            throw new ConfigException($"{values.Source}: there are no rows to compare on; give data.test (or data.eval).");
        return new ComparisonConfig { Folder = reader.Folder, Variants = variants };
    }

    /// <summary>The configuration of the run, and the section that only a comparison has.</summary>
    private static (ConfigNode? Run, ConfigNode? Variants) Split(ConfigNode? root) => root is ConfigNode.Map map
        ? (map with { Members = [.. map.Members.Where(member => member.Key != ConfigKeys.Compare)] }, map.Members.FirstOrDefault(member => member.Key == ConfigKeys.Compare).Value)
        : (root, null);
}
