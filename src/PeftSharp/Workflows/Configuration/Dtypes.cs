using static TorchSharp.torch;

namespace PeftSharp.Workflows.Configuration;

/// <summary>The dtypes a model can be loaded in, by the names that files and flags use.</summary>
public static class Dtypes
{
    /// <summary>The word for the dtype that is fastest on the machine.</summary>
    public const string Auto = "auto";

    /// <summary>All names.</summary>
    public static IEnumerable<string> Names => [Auto, "float32", "bfloat16"];

    /// <summary>The dtype of a name.</summary>
    /// <param name="name">One of <see cref="Names"/>; null is <see cref="Auto"/>.</param>
    /// <param name="preferred">What <see cref="Auto"/> means on this machine.</param>
    /// <exception cref="ConfigException">The name is none of them.</exception>
    public static ScalarType Parse(string? name, ScalarType preferred) => name switch
    {
        null or Auto => preferred,
        "float32" => ScalarType.Float32,
        "bfloat16" => ScalarType.BFloat16,
        _ => throw new ConfigException($"dtype: '{name}' is not one of {string.Join(", ", Names)}."),
    };

    /// <summary>The name of a dtype.</summary>
    public static string NameOf(ScalarType dtype) => dtype == ScalarType.BFloat16 ? "bfloat16" : "float32";
}
