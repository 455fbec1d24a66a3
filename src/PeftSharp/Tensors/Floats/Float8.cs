namespace PeftSharp.Tensors.Floats;

/// <summary>
/// An 8-bit float with a sign: E4M3 (without infinity, as <c>float8_e4m3fn</c>) or E5M2 (as IEEE 754 would have it).
/// </summary>
/// <remarks>Micikevicius et al., "FP8 Formats for Deep Learning" (2022), arXiv:2209.05433.</remarks>
internal sealed class Float8
{
    private readonly int _mantissaBits, _bias;
    private readonly byte _overflow;
    private readonly float[] _values = new float[256];
    private readonly ushort[] _bfloat16 = new ushort[256];

    private Float8(int mantissaBits, int bias, byte largest, byte overflow)
    {
        (_mantissaBits, _bias, _overflow) = (mantissaBits, bias, overflow);
        for (int code = 0; code < 128; code++)
            Set(code, code <= largest ? Decode(code) : code == overflow ? float.PositiveInfinity : float.NaN);
    }

    /// <summary>4 exponent bits, 3 mantissa bits; up to 448; what is larger, infinity too, becomes that.</summary>
    public static Float8 E4M3 { get; } = new(mantissaBits: 3, bias: 7, largest: 0x7E, overflow: 0x7E);

    /// <summary>5 exponent bits, 2 mantissa bits; up to 57,344; what is larger becomes infinite.</summary>
    public static Float8 E5M2 { get; } = new(mantissaBits: 2, bias: 15, largest: 0x7B, overflow: 0x7C);

    private const byte NaN = 0x7F;

    /// <summary>The value of each code.</summary>
    public ReadOnlySpan<float> Values => _values;

    /// <summary>The same values as bfloat16 bits: every 8-bit float is one exactly.</summary>
    public ReadOnlySpan<ushort> BFloat16 => _bfloat16;

    /// <summary>To the nearest, ties to even.</summary>
    public byte FromSingle(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value), magnitude = bits & 0x7FFF_FFFF;
        byte sign = (byte)(bits >> 24 & 0x80);
        if (float.IsNaN(value))
            return (byte)(sign | NaN);
        if (magnitude < (uint)(128 - _bias) << 23)
        {
            // Below the smallest normal number codes are multiples of 2^(1 - bias - mantissa bits).
            double steps = Math.ScaleB(BitConverter.UInt32BitsToSingle(magnitude), _bias - 1 + _mantissaBits);
            return (byte)(sign | (byte)Math.Round(steps, MidpointRounding.ToEven));
        }
        int shift = 23 - _mantissaBits;
        uint rounded = (magnitude + (1u << (shift - 1)) - 1 + ((magnitude >> shift) & 1)) >> shift;
        uint code = rounded - ((uint)(127 - _bias) << _mantissaBits);
        return (byte)(sign | (byte)Math.Min(code, _overflow));
    }

    private float Decode(int code)
    {
        int exponent = code >> _mantissaBits, mantissa = code & ((1 << _mantissaBits) - 1);
        return exponent == 0
            ? MathF.ScaleB(mantissa, 1 - _bias - _mantissaBits)
            : MathF.ScaleB((1 << _mantissaBits) + mantissa, exponent - _bias - _mantissaBits);
    }

    private void Set(int code, float value)
    {
        (_values[code], _values[code | 0x80]) = (value, -value);
        (_bfloat16[code], _bfloat16[code | 0x80]) = (BFloat16Bits.FromSingle(value), BFloat16Bits.FromSingle(-value));
    }
}
