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
        float[] found = Run([Enum.Parse<PoolingMode>(mode)]);
        for (int i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], found[i], 1e-5f);
    }

    public static TheoryData<string, float[]> WithoutTheFirst => new()
    {
        { nameof(PoolingMode.FirstToken), [3, -20, 3, 5] },
        { nameof(PoolingMode.LastToken), [3, -20, 5, -1] },
        { nameof(PoolingMode.Max), [3, -20, 5, 5] },
        { nameof(PoolingMode.Mean), [3, -20, 4, 2] },
        { nameof(PoolingMode.MeanSqrtLength), [3, -20, 8 / MathF.Sqrt(2), 4 / MathF.Sqrt(2)] },
        { nameof(PoolingMode.WeightedMean), [3, -20, 21 / 5f, 7 / 5f] },
    };

    [Theory, MemberData(nameof(WithoutTheFirst))]
    public void Forward_TokensOfAPrompt_TakeNoPart(string mode, float[] expected)
    {
        float[] found = Run([Enum.Parse<PoolingMode>(mode)], skipped: 1);
        for (int i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], found[i], 1e-5f);
    }

    [Fact]
    public void Forward_SeveralModes_AreLaidEndToEnd() =>
        Assert.Equal([1, 10, 2, -5, 1, 2, 3, 2], Run([PoolingMode.FirstToken, PoolingMode.Mean]));

    [Fact]
    public void Normalize_Vectors_HaveLengthOneAndZeroStaysZero()
    {
        using var scope = NewDisposeScope();
        Assert.Equal([0.6f, 0.8f, 0, 0], [.. NormalizeStage.Normalize(tensor(new float[,] { { 3, 4 }, { 0, 0 } })).data<float>()], (a, b) => MathF.Abs(a - b) < 1e-6f);
    }

    [Fact]
    public void Forward_NoMask_CountsEveryToken()
    {
        using var scope = NewDisposeScope();
        Tensor found = Pooling.Forward(tensor(_states), mask: null, [PoolingMode.Mean]);
        Assert.Equal(103 / 3f, found[0, 0].item<float>(), 1e-4f);
    }

    private static float[] Run(PoolingMode[] modes, int skipped = 0)
    {
        using var scope = NewDisposeScope();
        return [.. Pooling.Forward(tensor(_states), tensor(_mask), modes, skipped).data<float>()];
    }
}
