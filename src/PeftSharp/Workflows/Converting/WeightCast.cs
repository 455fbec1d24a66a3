using static TorchSharp.torch;

namespace PeftSharp.Workflows.Converting;

/// <summary>Weights in the dtype that they are written in.</summary>
internal static class WeightCast
{
    /// <summary>The value in a dtype.</summary>
    /// <param name="dtype">The dtype.</param>
    /// <param name="name">The weight's name, for the error.</param>
    /// <param name="value">The weight.</param>
    /// <param name="advice">What to do where it does not fit.</param>
    /// <exception cref="PeftException">A value is not finite in it.</exception>
    public static Tensor To(ScalarType dtype, string name, Tensor value, string advice)
    {
        Tensor cast = value.to(dtype);
        return cast.isfinite().all().item<bool>()
            ? cast
            : throw new PeftException($"'{name}' has values that {dtype} cannot hold; nothing was written. {advice}");
    }

    /// <summary>The dtype's name in a <c>config.json</c>.</summary>
    public static string NameOf(ScalarType dtype) =>
        dtype switch { ScalarType.Float16 => "float16", ScalarType.BFloat16 => "bfloat16", _ => "float32" };
}
