using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using PeftSharp.Tensors;
using PeftSharp.Tensors.Quantization;
using PeftSharp.Testing;
using Xunit;

namespace PeftSharp.Tests.Tensors.Quantization;

/// <summary>Codes, scales and values as bitsandbytes computes them, bit for bit.</summary>
public sealed class BitsAndBytesGoldenTests
{
    private static T[] Read<T>(string file, string name) where T : unmanaged
    {
        using SafetensorsFile opened = SafetensorsFile.Open(Fixtures.PathOf("quant", file));
        return MemoryMarshal.Cast<byte, T>(opened.ReadBytes(name)).ToArray();
    }

    private static T[] Golden<T>(string name) where T : unmanaged => Read<T>("bnb.safetensors", name);

    private static float[] Input(string matrix) => Read<float>("inputs.safetensors", matrix);

    private static IEnumerable<string> Names(string ending)
    {
        using SafetensorsFile file = SafetensorsFile.Open(Fixtures.PathOf("quant", "bnb.safetensors"));
        return [.. file.Names.Where(n => n.EndsWith(ending, StringComparison.Ordinal)).Select(n => n[..^ending.Length])];
    }

    /// <summary>Every 4-bit case as (matrix, type, name of the case).</summary>
    private static IEnumerable<(string Matrix, FourBitType Type, string Case, int Block)> FourBit =>
        Names(".packed").Where(n => !n.Contains(".double", StringComparison.Ordinal)).Select(n => n.Split('.'))
            .Select(p => (p[0], p[1] == "nf4" ? FourBitType.Nf4 : FourBitType.Fp4, string.Join('.', p), p.Length > 2 ? int.Parse(p[2][2..], System.Globalization.CultureInfo.InvariantCulture) : 64));

    private static long Columns(string matrix)
    {
        using SafetensorsFile file = SafetensorsFile.Open(Fixtures.PathOf("quant", "inputs.safetensors"));
        return file.Info(matrix).Shape[^1];
    }

    private static uint[] Bits(float[] values) => MemoryMarshal.Cast<float, uint>(values).ToArray();

    [Fact]
    public void Codebooks_AreTheirs()
    {
        Assert.Equal(Golden<float>("nf4.code"), Codebook.Nf4.ToArray());
        Assert.Equal(Golden<float>("fp4.code"), Codebook.Fp4.ToArray());
        Assert.Equal(Golden<float>("dyn8.code"), Codebook.Dynamic.ToArray());
        Assert.Equal(Golden<float>("double.code"), Codebook.Dynamic.ToArray());
    }

    [Fact]
    public void FourBit_AllCases_AreEqualBothWays()
    {
        int cases = 0;
        foreach ((string matrix, FourBitType type, string name, int block) in FourBit)
        {
            float[] input = Input(matrix), absmax = new float[(input.Length + block - 1) / block], values = new float[input.Length];
            byte[] packed = new byte[(input.Length + 1) / 2];
            FourBitBlocks.Quantize(input, type, block, packed, absmax);
            Assert.Equal(Golden<byte>($"{name}.packed"), packed);
            Assert.Equal(Golden<float>($"{name}.absmax"), absmax);
            FourBitBlocks.Dequantize(packed, absmax, type, block, values);
            // Where a row is longer than a block and no multiple of it, their kernel takes the scale of another block than it
            // quantised with; ours stays with the block's own, and so near the matrix.
            if (Columns(matrix) is var columns && columns > block && columns % block != 0)
                Assert.All(Enumerable.Range(0, input.Length), i => Assert.InRange(Math.Abs(values[i] - input[i]), 0, 0.16f * absmax[i / block]));
            else
                Assert.Equal(Bits(Golden<float>($"{name}.dequant")), Bits(values));
            cases++;
        }
        Assert.True(cases >= 12, $"{cases} cases");
    }

    [Fact]
    public void FourBit_DoubleQuantised_AreEqualBothWays()
    {
        foreach (string name in Names(".double.packed"))
        {
            float[] absmax = Golden<float>($"{name}.absmax"), input = Input(name.Split('.')[0]), values = new float[input.Length];
            DoubleQuantization scales = DoubleQuantization.Of(absmax);
            Assert.Equal(Golden<float>($"{name}.double.offset")[0], scales.Offset);
            Assert.Equal(Golden<byte>($"{name}.double.absmax_u8"), scales.Codes);
            Assert.Equal(Golden<float>($"{name}.double.absmax2"), scales.AbsMax);
            Assert.Equal(Golden<float>($"{name}.double.absmax_dequant"), scales.Dequantize());
            FourBitBlocks.Dequantize(Golden<byte>($"{name}.double.packed"), scales.Dequantize(), name.EndsWith("nf4", StringComparison.Ordinal) ? FourBitType.Nf4 : FourBitType.Fp4, 64, values);
            Assert.Equal(Bits(Golden<float>($"{name}.double.dequant")), Bits(values));
        }
    }

    [Fact]
    public void Dynamic8_AllMatrices_AreEqualBothWays()
    {
        foreach (string matrix in Names(".dyn8.q"))
        {
            float[] input = Input(matrix), absmax = new float[(input.Length + 255) / 256], values = new float[input.Length];
            byte[] codes = new byte[input.Length];
            DynamicBlocks.Quantize(input, 256, codes, absmax);
            Assert.Equal(Golden<byte>($"{matrix}.dyn8.q"), codes);
            Assert.Equal(Golden<float>($"{matrix}.dyn8.absmax"), absmax);
            DynamicBlocks.Dequantize(codes, absmax, 256, values);
            Assert.Equal(Golden<float>($"{matrix}.dyn8.dequant"), values);
        }
    }

    [Theory]
    [InlineData("int8", 0f)]
    [InlineData("int8_t6", 6f)]
    public void Int8_AllMatrices_AreEqualBothWays(string kind, float threshold)
    {
        JsonNode meta = JsonNode.Parse(File.ReadAllText(Fixtures.PathOf("quant", "meta.json")))!["bnb"]!;
        foreach (string matrix in Names($".{kind}.q").Where(n => n != "matmul.a"))
        {
            float[] input = Input(matrix), expected = Golden<float>($"{matrix}.{kind}.row_absmax"), absmax = new float[expected.Length], values = new float[input.Length];
            sbyte[] codes = new sbyte[input.Length];
            IReadOnlyList<int> outliers = Int8Rows.Quantize(input, input.Length / absmax.Length, codes, absmax, threshold);
            Assert.Equal(Golden<sbyte>($"{matrix}.{kind}.q"), codes);
            Assert.Equal(expected, absmax);
            if (threshold > 0)
            {
                Assert.Equal(meta[$"{matrix}.{kind}"]!["outlier_columns"]!.AsArray().Select(c => (int)c!), outliers);
                continue;
            }
            Int8Rows.Dequantize(codes, input.Length / absmax.Length, absmax, values);
            Assert.Equal(Golden<float>($"{matrix}.{kind}.dequant"), values);
            Assert.Empty(outliers);
        }
    }
}
