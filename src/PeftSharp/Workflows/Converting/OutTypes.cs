using PeftSharp.Models;
using PeftSharp.Tensors;
using PeftSharp.Tensors.Gguf;
using PeftSharp.Workflows.Configuration;

namespace PeftSharp.Workflows.Converting;

/// <summary>The types that weights are written in, by the names that llama.cpp's converter has for them.</summary>
public static class OutTypes
{
    /// <summary>The word for the type that most of the weights have now; float32 where they are packed.</summary>
    public const string Auto = "auto";

    private static readonly Dictionary<string, GgmlType> _byName = new(StringComparer.Ordinal)
    {
        ["f32"] = GgmlType.F32,
        ["f16"] = GgmlType.F16,
        ["bf16"] = GgmlType.BF16,
        ["q8_0"] = GgmlType.Q8_0,
        ["q4_0"] = GgmlType.Q4_0,
        ["q4_1"] = GgmlType.Q4_1,
    };

    /// <summary>All names.</summary>
    public static IReadOnlyList<string> Names { get; } = [Auto, .. _byName.Keys];

    /// <summary>The type of a name.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="model">The model whose weights decide for <see cref="Auto"/>.</param>
    /// <exception cref="ConfigException">The name is none of them.</exception>
    internal static GgmlType Parse(string name, string model)
    {
        if (name != Auto)
            return _byName.TryGetValue(name, out GgmlType type) ? type : throw new ConfigException($"outtype: '{name}' is not one of {string.Join(", ", Names)}.");
        return MainDType(model) switch { StoredDType.F16 => GgmlType.F16, StoredDType.BF16 => GgmlType.BF16, _ => GgmlType.F32 };
    }

    /// <summary>The float dtype that most bytes of a model have as loaded.</summary>
    internal static StoredDType MainDType(string model)
    {
        using ICheckpoint weights = ModelFiles.Weights(model);
        return weights.Names.Select(weights.Info).Where(info => info.DType is StoredDType.F16 or StoredDType.BF16 or StoredDType.F32)
            .GroupBy(info => info.DType, info => info.ByteLength).OrderByDescending(group => group.Sum()).FirstOrDefault()?.Key ?? StoredDType.F32;
    }

    /// <summary>The name of a type.</summary>
    internal static string NameOf(GgmlType type) => _byName.First(pair => pair.Value == type).Key;
}
