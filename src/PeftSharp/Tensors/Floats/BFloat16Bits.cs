namespace PeftSharp.Tensors.Floats;

/// <summary>bfloat16, as bits: the upper half of a single-precision float.</summary>
internal static class BFloat16Bits
{
    /// <summary>What every NaN becomes, in torch's vector code and so here.</summary>
    private const ushort NaN = 0xFFFF;

    /// <summary>To the nearest, ties to even.</summary>
    public static ushort FromSingle(float value)
    {
        if (float.IsNaN(value))
            return NaN;
        uint bits = BitConverter.SingleToUInt32Bits(value);
        // Half of the last place, less one unless that place is odd: carries into the exponent as it should.
        return (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }

    /// <summary>From half precision, to the nearest, ties to even; a NaN becomes 0x7FC0, as in torch's scalar code.</summary>
    public static ushort FromHalf(ushort bits) =>
        HalfBits.ToSingle(bits) is var value && float.IsNaN(value) ? (ushort)0x7FC0 : FromSingle(value);

    /// <summary>Exact.</summary>
    public static float ToSingle(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);
}
