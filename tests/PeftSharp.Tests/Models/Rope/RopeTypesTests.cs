using PeftSharp.Kernels;
using PeftSharp.Models;
using PeftSharp.Models.Rope;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Models.Rope;

/// <summary>The published equations, in double; the golden cases have what transformers makes of the same types.</summary>
public sealed class RopeTypesTests
{
    private const int Width = 8;

    [Fact]
    public void Of_Linear_DividesEveryFrequency()
    {
        RopeFrequencies linear = Read("""{"rope_type": "linear", "factor": 4.0}""");
        Close([.. Powers(10000).Select(frequency => frequency / 4)], linear.Usual);
        Assert.Null(linear.Longer);
        Assert.Equal(256, linear.MaxPositions);
    }

    [Theory]
    [InlineData(65)]
    [InlineData(100)]
    [InlineData(128)]
    public void Of_Dynamic_StretchesTheBaseOfLongerSequencesAlone(int length)
    {
        RopeFrequencies dynamic = Read("""{"rope_type": "dynamic", "factor": 2.0}""");
        Close(Powers(10000), dynamic.Usual);
        Assert.Equal((64L, 128), (dynamic.Original, dynamic.MaxPositions));
        Close(Powers(10000 * Math.Pow((2.0 * length / 64) - 1, Width / (Width - 2.0))), dynamic.Longer!(length));
    }

    [Theory]
    [InlineData("", 1.138629436, 32, 1, true)]
    [InlineData(""", "beta_fast": 0, "beta_slow": null""", 1.138629436, 32, 1, true)]
    [InlineData(""", "attention_factor": 1.5, "mscale": 2.0, "mscale_all_dim": 1.0""", 1.5, 32, 1, true)]
    [InlineData(""", "mscale": 2.0, "mscale_all_dim": 0.5""", 1.19446489, 32, 1, true)]
    [InlineData(""", "mscale": 2.0""", 1.138629436, 32, 1, true)]
    [InlineData(""", "beta_fast": 8.0, "beta_slow": 0.5""", 1.138629436, 8, 0.5, true)]
    [InlineData(""", "beta_fast": 2.0, "beta_slow": 0.25, "truncate": false""", 1.138629436, 2, 0.25, false)]
    public void Of_Yarn_RampsBetweenFastAndSlowWaves(string more, double attention, double fast, double slow, bool truncates)
    {
        RopeFrequencies yarn = Read($$"""{"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 16{{more}}}""");
        Assert.Equal(attention, yarn.AttentionFactor, 1e-6);
        double low = Dimension(fast), high = Dimension(slow);
        (low, high) = truncates ? (Math.Floor(low), Math.Ceiling(high)) : (low, high);
        (low, high) = (Math.Max(0, low), Math.Min(Width - 1, high));
        double[] expected = [.. Powers(10000).Select((frequency, i) =>
        {
            double ramp = Math.Clamp((i - low) / (high - low), 0, 1);
            return (frequency / 4 * ramp) + (frequency * (1 - ramp));
        })];
        Close(expected, yarn.Usual);

        static double Dimension(double turns) => Width * Math.Log(16 / (turns * 2 * Math.PI)) / (2 * Math.Log(10000));
    }

    [Fact]
    public void Of_YarnWithoutFactor_TakesTheRatioOfPositions()
    {
        RopeFrequencies ratio = Read("""{"rope_type": "yarn", "factor": null, "original_max_position_embeddings": 16}""");
        Assert.Equal(Read("""{"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 16}""").Usual, ratio.Usual);
    }

    [Fact]
    public void Of_LongRope_HasOtherDivisorsBeyondTheOriginalPositions()
    {
        RopeFrequencies longRope = Read(
            """{"rope_type": "longrope", "short_factor": [1, 1.5, 2, 3], "long_factor": [2, 4, 8, 16], "original_max_position_embeddings": 16}""");
        double[] powers = Powers(10000);
        Close([powers[0], powers[1] / 1.5, powers[2] / 2, powers[3] / 3], longRope.Usual);
        Close([powers[0] / 2, powers[1] / 4, powers[2] / 8, powers[3] / 16], longRope.Longer!(17));
        Assert.Equal(16, longRope.Original);
        Assert.Equal(Math.Sqrt(1 + (Math.Log(4) / Math.Log(16))), longRope.AttentionFactor, 1e-9);
    }

    [Fact]
    public void Of_OriginalPositionsBesideTheSection_ComeFirst()
    {
        string section = """{"rope_type": "longrope", "short_factor": [1, 1, 1, 1], "long_factor": [2, 2, 2, 2], "original_max_position_embeddings": 16}""";
        Assert.Equal(32, Of($$""", "rope_parameters": {{section}}, "original_max_position_embeddings": 32""").Original);
    }

    [Fact]
    public void Of_Llama3_KeepsShortWavesAndStretchesLongOnes()
    {
        RopeFrequencies llama3 = Of(""", "rope_theta": 500000.0, "rope_scaling": {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 64}""");
        double[] expected = [.. Powers(500000).Select(frequency =>
        {
            double wave = 2 * Math.PI / frequency, smooth = ((64 / wave) - 1) / 3;
            return wave < 16 ? frequency : wave > 64 ? frequency / 8 : ((1 - smooth) * frequency / 8) + (smooth * frequency);
        })];
        Close(expected, llama3.Usual);
    }

    [Theory]
    [InlineData(""", "rope_parameters": {"rope_type": "linear", "factor": 4.0, "rope_theta": 500.0}""")]
    [InlineData(""", "rope_scaling": {"type": "linear", "factor": 4.0}, "rope_theta": 500.0""")]
    [InlineData(""", "rope_scaling": {"rope_type": "linear", "type": "other", "factor": 4.0, "rope_theta": 500.0}, "rope_theta": 7.0""")]
    [InlineData(""", "rope_scaling": {"rope_type": "linear", "factor": 4.0}, "rope_theta": 500.0, "rope_parameters": {"rope_type": "default", "rope_theta": 9.0}""")]
    [InlineData(""", "rope_scaling": null, "rope_parameters": {"type": "linear", "factor": 4.0}, "rope_theta": 500.0""")]
    public void Of_EverySpelling_IsTheSame(string config) => Close([.. Powers(500).Select(frequency => frequency / 4)], Of(config).Usual);

    [Theory]
    [InlineData(""", "rope_parameters": {"rope_type": "su", "factor": 2.0}""", "rope_type 'su' is not supported")]
    [InlineData(""", "rope_parameters": {"rope_type": "linear"}""", "'factor' is missing")]
    [InlineData(""", "rope_parameters": {"rope_type": "dynamic", "factor": 0}""", "'factor' must be above 0")]
    [InlineData(""", "rope_parameters": {"rope_type": "llama3", "factor": 2.0, "low_freq_factor": 1.0}""", "'high_freq_factor' is missing")]
    [InlineData(""", "rope_parameters": {"rope_type": "longrope", "short_factor": [1, 1], "long_factor": [1, 1, 1, 1]}""", "'short_factor' must be a list of 4 numbers")]
    [InlineData(""", "rope_parameters": {"rope_type": "default", "partial_rotary_factor": 0.5}""", "partial_rotary_factor is 0.5")]
    [InlineData(""", "rope_parameters": {"rope_type": "default", "rope_theta": 0}""", "rope_theta is 0")]
    [InlineData(""", "rope_scaling": "linear" """, "'rope_scaling' must be an object")]
    public void Of_WhatCannotBeUsed_IsSaid(string config, string message) =>
        Assert.Contains(message, Assert.Throws<PeftException>(() => Of(config)).Message, StringComparison.Ordinal);

    [Fact]
    public void At_RowsOfUnlikeLength_HaveTheirOwnFrequencies()
    {
        using var scope = NewDisposeScope();
        RotaryTable table = new(Read("""{"rope_type": "dynamic", "factor": 2.0}"""));
        Tensor positions = ScalarMath.Range(0, 80, CPU).expand(2, -1), mask = ones([2, 80], dtype: ScalarType.Int64);
        mask[1, 50..] = 0;
        Tensor lengths = table.Lengths(positions, mask)!;
        Assert.Equal([80L, 50], [lengths[0, 0].item<long>(), lengths[1, 0].item<long>()]);
        (Tensor both, _) = table.At(positions, lengths, ScalarType.Float32);
        (Tensor alone, _) = table.At(positions[0..1], table.Lengths(positions[0..1], null), ScalarType.Float32);
        (Tensor usual, _) = table.At(positions[1..], null, ScalarType.Float32);
        Assert.True(both[0].Equals(alone[0]) && both[1].Equals(usual[0]));
        Assert.False(alone[0].Equals(usual[0]));
        Assert.Null(table.Lengths(positions[.., ..64], null));
    }

    private static double[] Powers(double theta) => [.. Enumerable.Range(0, Width / 2).Select(i => Math.Pow(theta, -2.0 * i / Width))];

    private static RopeFrequencies Read(string section) => Of($", \"rope_parameters\": {section}");

    private static RopeFrequencies Of(string more) => RopeTypes.Of(
        RopeParameters.Of(ModelConfig.Parse($$"""{"model_type": "llama", "max_position_embeddings": 64{{more}}}""", "test")), Width);

    private static void Close(double[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], actual[i], 2e-6 * expected[i]);
    }
}
