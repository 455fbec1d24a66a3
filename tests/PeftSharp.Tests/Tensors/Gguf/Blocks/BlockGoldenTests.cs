using System.Runtime.InteropServices;
using PeftSharp.Tensors;
using PeftSharp.Tensors.Gguf;
using PeftSharp.Tensors.Gguf.Blocks;
using PeftSharp.Testing;
using Xunit;

namespace PeftSharp.Tests.Tensors.Gguf.Blocks;

/// <summary>Every block that gguf-py made or took apart, bit for bit.</summary>
public sealed class BlockGoldenTests
{
    private static readonly string _file = Fixtures.PathOf("quant", "gguf.safetensors");

    /// <summary>Types whose grids of vectors are not part of this library.</summary>
    private static readonly HashSet<GgmlType> _withoutDecoder =
        [GgmlType.IQ1_S, GgmlType.IQ1_M, GgmlType.IQ2_XXS, GgmlType.IQ2_XS, GgmlType.IQ2_S, GgmlType.IQ3_XXS, GgmlType.IQ3_S];

    public static TheoryData<string> Cases => new(Names());

    public static TheoryData<string> Encodable => new(Names().Where(name => !name.StartsWith("random.", StringComparison.Ordinal) && BlockEncoder.Knows(TypeOf(name))));

    [Theory]
    [MemberData(nameof(Cases))]
    public void Decode_Golden_EveryBitEqual(string name)
    {
        GgmlType type = TypeOf(name);
        using SafetensorsFile golden = SafetensorsFile.Open(_file);
        byte[] blocks = golden.ReadBytes($"{name}.bytes"), expected = golden.ReadBytes($"{name}.dequant");
        float[] values = new float[expected.Length / 4];
        if (_withoutDecoder.Contains(type))
        {
            Assert.False(BlockDecoder.Knows(type));
            return;
        }
        BlockDecoder.Decode(type, blocks, values);
        Assert.Equal(MemoryMarshal.Cast<byte, uint>(expected).ToArray(), MemoryMarshal.Cast<float, uint>(values).ToArray());
    }

    [Theory]
    [MemberData(nameof(Encodable))]
    public void Encode_Golden_EveryByteEqual(string name)
    {
        GgmlType type = TypeOf(name);
        using SafetensorsFile golden = SafetensorsFile.Open(_file);
        using SafetensorsFile inputs = SafetensorsFile.Open(Fixtures.PathOf("quant", "inputs.safetensors"));
        byte[] expected = golden.ReadBytes($"{name}.bytes");
        byte[] blocks = new byte[expected.Length];
        Assert.True(BlockEncoder.Encode(type, MemoryMarshal.Cast<byte, float>(inputs.ReadBytes(name.Split('.')[1])), blocks));
        Assert.Equal(expected, blocks);
    }

    [Fact]
    public void Cases_Fixture_HaveEveryListedType()
    {
        HashSet<GgmlType> found = [.. Names().Select(TypeOf)];
        foreach (GgmlType type in (GgmlType[])[
            GgmlType.Q4_0, GgmlType.Q4_1, GgmlType.Q5_0, GgmlType.Q5_1, GgmlType.Q8_0, GgmlType.Q2_K, GgmlType.Q3_K, GgmlType.Q4_K,
            GgmlType.Q5_K, GgmlType.Q6_K, GgmlType.IQ4_NL, GgmlType.BF16])
            Assert.True(found.Contains(type) && BlockDecoder.Knows(type), type.ToString());
    }

    private static IEnumerable<string> Names()
    {
        using SafetensorsFile file = SafetensorsFile.Open(_file);
        return [.. file.Names.Where(name => name.EndsWith(".bytes", StringComparison.Ordinal)).Select(name => name[..^".bytes".Length]).Order(StringComparer.Ordinal)];
    }

    private static GgmlType TypeOf(string name)
    {
        string[] parts = name.Split('.');
        return Enum.Parse<GgmlType>(parts[0] == "random" ? parts[1] : parts[0]);
    }
}
