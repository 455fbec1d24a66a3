using PeftSharp.Inference.Embedding;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Inference.Embedding;

public sealed class PoolingTests
{
    // Two texts of two and three tokens, states of width 2.
    private static readonly float[,,] _states = { { { 1, 10 }, { 3, -20 }, { 99, 99 } }, { { 1, 2 }, { 3, 5 }, { 5, -1 } } };
    private static readonly long[,] _mask = { { 1, 1, 0 }, { 1, 1, 1 } };

    public static TheoryData<string, float[]> Modes => new()
    {
        { nameof(PoolingMode.FirstToken), [1, 10, 1, 2] },
        { nameof(PoolingMode.LastToken), [3, -20, 5, -1] },
        { nameof(PoolingMode.Max), [3, 10, 5, 5] },
        { nameof(PoolingMode.Mean), [2, -5, 3, 2] },
        { nameof(PoolingMode.MeanSqrtLength), [4 / MathF.Sqrt(2), -10 / MathF.Sqrt(2), 9 / MathF.Sqrt(3), 6 / MathF.Sqrt(3)] },
        { nameof(PoolingMode.WeightedMean), [7 / 3f, -10, 22 / 6f, 9 / 6f] },
    };

    [Theory, MemberData(nameof(Modes))]
    public void Forward_EachMode_LooksAtTheTokensOnly(string mode, float[] expected)
    {
        float[] found = Run(new([Enum.Parse<PoolingMode>(mode)], Normalize: false, null, false));
        for (int i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], found[i], 1e-5f);
    }

    [Fact]
    public void Forward_SeveralModesNormalized_AreOneVectorOfLengthOne()
    {
        float[] found = Run(new([PoolingMode.FirstToken, PoolingMode.Mean], Normalize: true, null, false));
        Assert.Equal(8, found.Length);
        float length = MathF.Sqrt(1 + 100 + 4 + 25);
        Assert.Equal([1 / length, 10 / length, 2 / length, -5 / length], found[..4].Select(x => (float)x), (a, b) => MathF.Abs(a - b) < 1e-6f);
    }

    [Fact]
    public void Forward_NoMask_CountsEveryToken()
    {
        using var scope = NewDisposeScope();
        Tensor found = Pooling.Forward(tensor(_states), mask: null, PoolingConfig.Default);
        Assert.Equal(103 / 3f, found[0, 0].item<float>(), 1e-4f);
    }

    private static float[] Run(PoolingConfig config)
    {
        using var scope = NewDisposeScope();
        return [.. Pooling.Forward(tensor(_states), tensor(_mask), config).data<float>()];
    }
}
