namespace PeftSharp.Tensors.Floats;

/// <summary>IEEE 754 half precision, as bits: 1 sign, 5 exponent, 10 mantissa.</summary>
internal static class HalfBits
{
    /// <summary>To the nearest, ties to even; a NaN stays one, with the upper bits of its payload.</summary>
    public static ushort FromSingle(float value) => BitConverter.HalfToUInt16Bits((Half)value);

    /// <summary>Exact.</summary>
    public static float ToSingle(ushort bits) => (float)BitConverter.UInt16BitsToHalf(bits);
}
