using PeftSharp.Kernels;
using PeftSharp.Kernels.Graph;
using PeftSharp.Tests.Tensors;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Kernels;

/// <summary>Attention over sequences one behind the other is that of each sequence alone.</summary>
[Collection(nameof(Alone))]
public sealed class SequencesAttentionTests
{
    private readonly RandomTensors _random = new(seed: 1);
    private const long Heads = 4, Groups = 2, Width = 16;
    private static readonly int[] _starts = [0, 5, 5, 6, 79, 96];

    public static TheoryData<bool, int, ScalarType> Cases => new()
    {
        { true, 0, ScalarType.Float32 }, { false, 0, ScalarType.Float32 }, { true, 3, ScalarType.Float32 },
        { false, 9, ScalarType.Float32 }, { true, 3, ScalarType.BFloat16 }, { false, 0, ScalarType.BFloat16 },
    };

    [Theory, MemberData(nameof(Cases))]
    public void Forward_Sequences_EqualsEachAlone(bool causal, int front, ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        Sequences sequences = new(_starts, causal);
        Assert.Equal((5, 96, 73), (sequences.Count, sequences.Total, sequences.Longest));
        Tensor[] inputs = [.. new[] { Heads, Groups, Groups }.Select(heads => _random.Normal(1, 96, heads, Width)), _random.Normal(1, Groups, front, Width), _random.Normal(1, Groups, front, Width)];
        Tensor weight = _random.Normal(1, 96, Heads * Width);
        Tensor[] together = Leaves(dtype), apart = Leaves(ScalarType.Float64);

        Tensor y = Attention.Forward(
            Of(together[0]), Of(together[1]), Of(together[2]), front > 0 ? (together[3], together[4]) : null, sequences, AttentionScores.Of(Width));
        y.to(ScalarType.Float32).mul(weight).sum().backward();
        GraphNode.EndBackward();

        Tensor expected = cat([.. Enumerable.Range(0, sequences.Count).Where(i => sequences.Length(i) > 0).Select(i => One(i))], 1);
        expected.mul(weight.to(ScalarType.Float64)).sum().backward();
        double tolerance = dtype == ScalarType.Float32 ? 2e-5 : 0.06;
        Close(expected, y, tolerance);
        for (int i = 0; i < (front > 0 ? 5 : 3); i++)
            Close(apart[i].grad!, together[i].grad!, tolerance);

        Tensor[] Leaves(ScalarType type) => [.. inputs.Select(input => input.to(type).detach().clone().requires_grad_())];

        // libtorch's operators in float64, with a mask written by hand.
        Tensor One(int i)
        {
            (long start, long length) = (sequences.Start(i), sequences.Length(i));
            Tensor q = Of(apart[0]).narrow(2, start, length);
            Tensor k = cat([apart[3], Of(apart[1]).narrow(2, start, length)], 2).repeat_interleave(Heads / Groups, 1);
            Tensor v = cat([apart[4], Of(apart[2]).narrow(2, start, length)], 2).repeat_interleave(Heads / Groups, 1);
            Tensor scores = q.matmul(k.transpose(2, 3)).Times(0.25);
            if (causal)
                scores = scores.Masked(ones([length, front + length], dtype: ScalarType.Bool).triu(front + 1), float.NegativeInfinity);
            return scores.softmax(-1).matmul(v).transpose(1, 2).reshape(1, length, Heads * Width);
        }
    }

    [Fact]
    public void Forward_WithDropout_DropsOtherWeightsInEachSequence()
    {
        using var scope = NewDisposeScope();
        // All sequences are alike, so that only the masks can make their results differ.
        Tensor one = _random.Normal(1, 1, 6, Width);
        Tensor x = one.repeat(1, 2, 3, 1);
        using var draws = Draws.From(1);
        Tensor y = Attention.Forward(x, x, x, null, new Sequences([0, 6, 12, 18], causal: false), AttentionScores.Of(x.shape[3], 0.5)).view(3, 6, 2 * Width);
        Assert.False(y[0].allclose(y[1]));
        Assert.False(y[1].allclose(y[2]));
        Assert.False(y[0].narrow(1, 0, Width).allclose(y[0].narrow(1, Width, Width)));
    }

    private static Tensor Of(Tensor rows) => rows.transpose(1, 2);

    private static void Close(Tensor expected, Tensor actual, double tolerance)
    {
        double scale = expected.abs().max().item<double>();
        Assert.True(scale > 0);
        double difference = expected.sub(actual.to(ScalarType.Float64)).abs().max().item<double>();
        Assert.True(difference <= tolerance * scale, $"{difference} of {scale}");
    }
}
