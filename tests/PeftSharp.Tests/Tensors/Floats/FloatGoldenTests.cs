using System.Runtime.InteropServices;
using PeftSharp.Tensors;
using PeftSharp.Tensors.Floats;
using PeftSharp.Testing;
using Xunit;

namespace PeftSharp.Tests.Tensors.Floats;

/// <summary>Conversions bit for bit as torch has them; a NaN equals a NaN only if its bits do.</summary>
public sealed class FloatGoldenTests
{
    private static T[] Golden<T>(string name) where T : unmanaged
    {
        using SafetensorsFile file = SafetensorsFile.Open(Fixtures.PathOf("quant", "floats.safetensors"));
        return MemoryMarshal.Cast<byte, T>(file.ReadBytes(name)).ToArray();
    }

    private static uint[] Bits(IEnumerable<float> values) => [.. values.Select(BitConverter.SingleToUInt32Bits)];

    private static float[] Inputs => Golden<float>("f32_bits");

    /// <summary>The sign and payload of a NaN that comes out of a table are not told apart.</summary>
    private static uint[] QuietBits(IEnumerable<float> values) => Bits(values.Select(v => float.IsNaN(v) ? float.NaN : v));

    [Fact]
    public void FromSingle_Goldens_AreTheBits()
    {
        Assert.Equal(Golden<ushort>("to_f16_bits"), Inputs.Select(HalfBits.FromSingle));
        Assert.Equal(Golden<ushort>("to_bf16_bits"), Inputs.Select(BFloat16Bits.FromSingle));
        Assert.Equal(Golden<byte>("to_e4m3_bits"), Inputs.Select(Float8.E4M3.FromSingle));
        Assert.Equal(Golden<byte>("to_e5m2_bits"), Inputs.Select(Float8.E5M2.FromSingle));
    }

    [Fact]
    public void ToSingle_Goldens_AreTheValues()
    {
        Assert.Equal(QuietBits(Golden<float>("back_f16")), QuietBits(Golden<ushort>("to_f16_bits").Select(HalfBits.ToSingle)));
        Assert.Equal(QuietBits(Golden<float>("back_bf16")), QuietBits(Golden<ushort>("to_bf16_bits").Select(BFloat16Bits.ToSingle)));
        Assert.Equal(QuietBits(Golden<float>("back_e4m3")), QuietBits(Golden<byte>("to_e4m3_bits").Select(c => Float8.E4M3.Values[c])));
        Assert.Equal(QuietBits(Golden<float>("back_e5m2")), QuietBits(Golden<byte>("to_e5m2_bits").Select(c => Float8.E5M2.Values[c])));
    }

    [Fact]
    public void ToSingle_EveryCode_IsTheTablesValue()
    {
        Assert.Equal(QuietBits(Golden<float>("table_f16_f32")), QuietBits(Enumerable.Range(0, 65536).Select(c => HalfBits.ToSingle((ushort)c))));
        float[] bf16 = Golden<float>("table_bf16_f32");
        Assert.Equal(QuietBits(bf16), QuietBits(Enumerable.Range(0, bf16.Length).Select(i => BFloat16Bits.ToSingle((ushort)(7 * i)))));
        Assert.Equal(QuietBits(Golden<float>("table_e4m3")), QuietBits(Float8.E4M3.Values.ToArray()));
        Assert.Equal(QuietBits(Golden<float>("table_e5m2")), QuietBits(Float8.E5M2.Values.ToArray()));
    }

    [Fact]
    public void Conversions_BetweenHalves_AreTheBits()
    {
        Assert.Equal(Golden<ushort>("f16_to_bf16_bits"), Golden<ushort>("to_f16_bits").Select(BFloat16Bits.FromHalf));
        Assert.Equal(Golden<ushort>("bf16_to_f16_bits"), Golden<ushort>("to_bf16_bits").Select(b => HalfBits.FromSingle(BFloat16Bits.ToSingle(b))));
    }

    [Fact]
    public void FromSingle_OfEveryCode_IsThatCode()
    {
        for (int code = 0; code < 256; code++)
        {
            foreach (Float8 format in (Float8[])[Float8.E4M3, Float8.E5M2])
            {
                float value = format.Values[code];
                if (!float.IsNaN(value))
                    Assert.Equal(code, format.FromSingle(value));
                Assert.Equal(BitConverter.SingleToUInt32Bits(value) >> 16 & (float.IsNaN(value) ? 0x7F80u : 0xFFFF), format.BFloat16[code] & (float.IsNaN(value) ? 0x7F80u : 0xFFFF));
            }
        }
        for (int bits = 0; bits < 65536; bits++)
        {
            if (!float.IsNaN(BFloat16Bits.ToSingle((ushort)bits)))
                Assert.Equal(bits, BFloat16Bits.FromSingle(BFloat16Bits.ToSingle((ushort)bits)));
        }
    }

    [Theory]
    [InlineData(464f, 0x7E)]
    [InlineData(480f, 0x7E)]
    [InlineData(-1e30f, 0xFE)]
    [InlineData(float.PositiveInfinity, 0x7E)]
    [InlineData(float.NaN, 0xFF)]
    [InlineData(0.0009765625f, 0x00)]
    [InlineData(0.00097656256f, 0x01)]
    [InlineData(-0.0029296875f, 0x82)]
    public void FromSingle_EdgesOfE4M3_RoundToEven(float value, byte expected) => Assert.Equal(expected, Float8.E4M3.FromSingle(value));

    [Theory]
    [InlineData(61439.996f, 0x7B)]
    [InlineData(61440f, 0x7C)]
    [InlineData(float.NegativeInfinity, 0xFC)]
    public void FromSingle_EdgesOfE5M2_BecomeInfinite(float value, byte expected) => Assert.Equal(expected, Float8.E5M2.FromSingle(value));
}
