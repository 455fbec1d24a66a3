namespace PeftSharp.Tensors.Gguf;

/// <summary>What follows from a <see cref="GgmlType"/>.</summary>
public static class GgmlTypes
{
    /// <summary>Values of a block, and its bytes.</summary>
    private static readonly Dictionary<GgmlType, (int Values, int Bytes)> _blocks = new()
    {
        [GgmlType.F32] = (1, 4),
        [GgmlType.F16] = (1, 2),
        [GgmlType.BF16] = (1, 2),
        [GgmlType.F64] = (1, 8),
        [GgmlType.I8] = (1, 1),
        [GgmlType.I16] = (1, 2),
        [GgmlType.I32] = (1, 4),
        [GgmlType.I64] = (1, 8),
        [GgmlType.Q4_0] = (32, 18),
        [GgmlType.Q4_1] = (32, 20),
        [GgmlType.Q5_0] = (32, 22),
        [GgmlType.Q5_1] = (32, 24),
        [GgmlType.Q8_0] = (32, 34),
        [GgmlType.Q8_1] = (32, 36),
        [GgmlType.Q2_K] = (256, 84),
        [GgmlType.Q3_K] = (256, 110),
        [GgmlType.Q4_K] = (256, 144),
        [GgmlType.Q5_K] = (256, 176),
        [GgmlType.Q6_K] = (256, 210),
        [GgmlType.Q8_K] = (256, 292),
        [GgmlType.IQ2_XXS] = (256, 66),
        [GgmlType.IQ2_XS] = (256, 74),
        [GgmlType.IQ2_S] = (256, 82),
        [GgmlType.IQ3_XXS] = (256, 98),
        [GgmlType.IQ3_S] = (256, 110),
        [GgmlType.IQ1_S] = (256, 50),
        [GgmlType.IQ1_M] = (256, 56),
        [GgmlType.IQ4_NL] = (32, 18),
        [GgmlType.IQ4_XS] = (256, 136),
        [GgmlType.TQ1_0] = (256, 54),
        [GgmlType.TQ2_0] = (256, 66),
        [GgmlType.MXFP4] = (32, 17),
    };

    /// <summary>True for a type whose size is known; others cannot be read past.</summary>
    public static bool IsKnown(this GgmlType type) => _blocks.ContainsKey(type);

    /// <summary>The values of one block; 1 where values lie one by one.</summary>
    public static int BlockSize(this GgmlType type) => Of(type).Values;

    /// <summary>The bytes of one block.</summary>
    public static int BlockBytes(this GgmlType type) => Of(type).Bytes;

    /// <summary>The bytes of so many values, which must be whole blocks.</summary>
    public static long BytesOf(this GgmlType type, long values) => values / Of(type).Values * Of(type).Bytes;

    /// <summary>The dtype of values that lie one by one; null for blocks.</summary>
    public static StoredDType? ToStoredDType(this GgmlType type) => type switch
    {
        GgmlType.F32 => StoredDType.F32,
        GgmlType.F16 => StoredDType.F16,
        GgmlType.BF16 => StoredDType.BF16,
        GgmlType.F64 => StoredDType.F64,
        GgmlType.I8 => StoredDType.I8,
        GgmlType.I16 => StoredDType.I16,
        GgmlType.I32 => StoredDType.I32,
        GgmlType.I64 => StoredDType.I64,
        _ => null,
    };

    private static (int Values, int Bytes) Of(GgmlType type) => _blocks.TryGetValue(type, out (int, int) block)
        ? block
        : throw new ArgumentOutOfRangeException(nameof(type), type, $"{type} is no known tensor type of GGUF.");
}
