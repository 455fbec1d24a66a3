namespace PeftSharp.Tensors.Floats;

/// <summary>E8M0: 8 bits that are an exponent, 2^(code - 127); 255 is NaN. Scales of blocks are stored so.</summary>
/// <remarks>OCP Microscaling Formats (MX) Specification 1.0, section 5.4.1.</remarks>
internal static class Float8Scale
{
    private static readonly ushort[] _bfloat16 = [.. Enumerable.Range(0, 256).Select(code => BFloat16Bits.FromSingle(ToSingle((byte)code)))];

    /// <summary>The values of all codes as bfloat16 bits; exact.</summary>
    public static ReadOnlySpan<ushort> BFloat16 => _bfloat16;

    /// <summary>Exact.</summary>
    public static float ToSingle(byte code) => code == 255 ? float.NaN : MathF.ScaleB(1, code - 127);
}
