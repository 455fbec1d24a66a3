using PeftSharp.Models;

namespace PeftSharp.Workflows.Configuration;

/// <summary>How frozen products are computed, by the names that files and flags use.</summary>
public static class ComputeModes
{
    /// <summary>The name of <see cref="ComputeMode.Auto"/>.</summary>
    public const string Auto = "auto";

    /// <summary>All names.</summary>
    public static IEnumerable<string> Names => [Auto, "int8"];

    /// <summary>The mode of a name.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <exception cref="ConfigException">The name is none of them.</exception>
    public static ComputeMode Parse(string name) => name switch
    {
        Auto => ComputeMode.Auto,
        "int8" => ComputeMode.Int8,
        _ => throw new ConfigException($"compute: '{name}' is not one of {string.Join(", ", Names)}."),
    };

    /// <summary>The name of a mode.</summary>
    public static string NameOf(ComputeMode mode) => mode == ComputeMode.Int8 ? "int8" : Auto;
}
