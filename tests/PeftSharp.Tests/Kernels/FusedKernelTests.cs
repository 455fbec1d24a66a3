using PeftSharp.Kernels;
using PeftSharp.Tests.Parity;
using PeftSharp.Tests.Tensors;
using PeftSharp.Tests.Training;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Kernels;

/// <summary>Each kernel, fused or by the plain operators, gives the values and the gradients of its formula in float64.</summary>
[Collection(nameof(Alone))]
public sealed class FusedKernelTests : IDisposable
{
    private readonly RandomTensors _random = new(seed: 1);
    private readonly TwoThreads _two = new();

    public void Dispose() => _two.Dispose();

    [Theory]
    [InlineData(1, 1, 8)]
    [InlineData(3, 7, 33)]
    [InlineData(8, 65, 576)]
    public void RmsNorm_IsTheFormulas(long batch, long length, long width)
    {
        using var scope = NewDisposeScope();
        Tensor weight = _random.Normal(width);
        AgainstFloat64.Compare(
            x => Norms.RmsNorm(x[0], weight, 1e-5), x => References.RmsNorm(x[0], weight.to(ScalarType.Float64), 1e-5), _random.Normal(batch, length, width));
    }

    [Theory]
    [InlineData(1, 1, 8)]
    [InlineData(3, 7, 40)]
    [InlineData(16, 24, 384)]
    public void ResidualLayerNorm_IsTheFormulas(long batch, long length, long width)
    {
        using var scope = NewDisposeScope();
        (Tensor weight, Tensor bias) = (_random.Normal(width), _random.Normal(width));
        AgainstFloat64.Compare(
            x => Norms.ResidualLayerNorm(x[0], x[1], weight, bias, 1e-12, 0),
            x => References.ResidualLayerNorm(x[0], x[1], weight.to(ScalarType.Float64), bias.to(ScalarType.Float64), 1e-12),
            _random.Normal(batch, length, width), _random.Normal(batch, length, width));
    }

    [Fact]
    public void ResidualLayerNorm_ValuesTooLargeToSquare_AreNoNumber()
    {
        using var scope = NewDisposeScope();
        Tensor y = Norms.ResidualLayerNorm(_random.Normal(1, 16).Times(1e30), _random.Normal(1, 16), ones(16), zeros(16), 1e-12, 0);
        Assert.True(y.isnan().all().item<bool>());
    }

    [Fact]
    public void ResidualLayerNorm_WithDropout_DropsOneSideAndItsGradientAlike()
    {
        using var scope = NewDisposeScope();
        (Tensor weight, Tensor bias) = (ones(64), zeros(64));
        Tensor hidden = ScalarMath.Full([10, 64], 3).requires_grad_();
        Tensor residual = zeros(10, 64).requires_grad_();
        using var draws = Draws.From(1);
        Tensor y = Norms.ResidualLayerNorm(hidden, residual, weight, bias, 1e-12, 0.5);
        y.backward([_random.Normal(10, 64)]);
        // A kept value is 6 and a dropped one 0: above and below the mean.
        Tensor kept = y.detach().Above(0).to(ScalarType.Float32);
        Assert.InRange(kept.mean().item<float>(), 0.4f, 0.6f);
        Close.Relative(residual.grad!.mul(kept).Times(2), hidden.grad!, AgainstFloat64.Value, "gradient of the dropped side");
    }

    [Theory]
    [InlineData(1, 1, 1, 2)]
    [InlineData(2, 3, 7, 10)]
    [InlineData(4, 9, 64, 64)]
    public void Rotary_OnSplitHeads_IsTheFormulas(long batch, long heads, long length, long width)
    {
        using var scope = NewDisposeScope();
        Tensor angles = _random.Normal(1, 1, length, width / 2);
        Tensor both = cat([angles, angles], -1);
        (Tensor cos, Tensor sin) = (both.cos(), both.sin());
        Tensor Split(Tensor x) => x.view(batch, length, heads, width).transpose(1, 2);
        AgainstFloat64.Compare(
            x => Rotary.Forward(Split(x[0]), cos, sin),
            x => References.Rotary(Split(x[0]), cos.to(ScalarType.Float64), sin.to(ScalarType.Float64)),
            _random.Normal(batch, length, heads * width));
    }

    [Theory]
    [InlineData(1, 1, 1, 1, false, false)]
    [InlineData(2, 3, 5, 9, true, false)]
    [InlineData(2, 3, 9, 9, true, true)]
    [InlineData(4, 9, 128, 128, true, true)]
    [InlineData(4, 12, 33, 33, false, false)]
    [InlineData(2, 6, 4, 37, true, true)]
    [InlineData(1, 3, 150, 150, true, true)]
    public void Attention_IsTheFormulas(long batch, long heads, long queries, long keys, bool padded, bool causal)
    {
        using var scope = NewDisposeScope();
        Tensor padding = ones(batch, keys, dtype: ScalarType.Int64);
        if (padded)
            padding[0, 0] = tensor(0L);
        Tensor? mask = AttentionMasks.Build(padding, queries, keys, causal, null, ScalarType.Float32, CPU);
        long groups = heads % 3 == 0 ? heads / 3 : heads;
        AgainstFloat64.Compare(
            x => Attention.Forward(x[0], x[1], x[2], mask, AttentionScores.Of(x[0].shape[3])), x => References.Attention(x[0], x[1], x[2], mask),
            _random.Normal(batch, heads, queries, 16), _random.Normal(batch, groups, keys, 16), _random.Normal(batch, groups, keys, 16));
    }

    [Theory]
    [InlineData(1, null)]
    [InlineData(2, null)]
    [InlineData(1, 1.5)]
    public void Attention_WithABiasOfEachHead_IsTheFormulas(long batch, double? softCap)
    {
        using var scope = NewDisposeScope();
        Tensor padding = ones(batch, 40, dtype: ScalarType.Int64);
        padding[0, 39] = tensor(0L);
        Tensor mask = _random.Normal(1, 6, 40, 40).Plus(AttentionMasks.Build(padding, 40, 40, causal: true, window: 7, ScalarType.Float32, CPU)!);
        AttentionScores scores = new(Scale: 0.7, softCap);
        AgainstFloat64.Compare(
            x => Attention.Forward(x[0], x[1], x[2], mask, scores), x => References.Attention(x[0], x[1], x[2], mask, 0.7, softCap),
            _random.Normal(batch, 6, 40, 16), _random.Normal(batch, 2, 40, 16), _random.Normal(batch, 2, 40, 16));
    }

    [Fact]
    public void Attention_RowsThatSeeNothing_AreTheFormulas()
    {
        using var scope = NewDisposeScope();
        // Padding in front: the first causal rows see no real key at all.
        Tensor padding = ones(2, 12, dtype: ScalarType.Int64);
        padding.narrow(0, 1, 1).narrow(1, 0, 5).zero_();
        Tensor? mask = AttentionMasks.Build(padding, 12, 12, causal: true, null, ScalarType.Float32, CPU);
        AgainstFloat64.Compare(
            x => Attention.Forward(x[0], x[1], x[2], mask, AttentionScores.Of(x[0].shape[3])), x => References.Attention(x[0], x[1], x[2], mask),
            _random.Normal(2, 3, 12, 8), _random.Normal(2, 3, 12, 8), _random.Normal(2, 3, 12, 8));
    }

    [Fact]
    public void Attention_ReadsHeadsWhereTheProjectionLeftThem()
    {
        using var scope = NewDisposeScope();
        static Tensor Heads(Tensor x) => x.view(2, 11, 3, 16).transpose(1, 2);
        AgainstFloat64.Compare(
            x => Attention.Forward(Heads(x[0]), Heads(x[1]), Heads(x[2]), null, AttentionScores.Of(Heads(x[0]).shape[3])),
            x => References.Attention(Heads(x[0]), Heads(x[1]), Heads(x[2]), null),
            _random.Normal(2, 11, 48), _random.Normal(2, 11, 48), _random.Normal(2, 11, 48));
    }

    [Fact]
    public void Attention_DropoutOnAllKeys_GradientHasTheSameMask()
    {
        using var scope = NewDisposeScope();
        // With equal scores the weights are 1/S; values that pick out single keys show which weights were kept.
        (long queries, long keys) = (16, 16);
        Tensor zero = zeros(1, 1, queries, 16), v = eye(keys).view(1, 1, keys, keys).clone().requires_grad_();
        using var draws = Draws.From(3);
        Tensor y = Attention.Forward(zero, zero, v, null, AttentionScores.Of(v.shape[3], 0.5));
        Tensor kept = y.detach().view(queries, keys);
        Assert.InRange(kept.Above(0).to(ScalarType.Float32).mean().item<float>(), 0.3f, 0.7f);
        y.sum().backward();
        // dv[s] = Σ over queries of the dropped weights, for every column alike.
        Tensor expected = kept.sum([0]).view(1, 1, keys, 1).expand(1, 1, keys, keys);
        Close.Relative(expected, v.grad!, AgainstFloat64.Value, "gradient of the values");
    }

    [Fact]
    public void Dropout_Fused_DropsTheShareAndKeepsTheMean()
    {
        using var scope = NewDisposeScope();
        using var draws = Draws.From(7);
        Tensor x = ones(1000, 1001);
        Tensor y = Dropout.Forward(x, 0.1);
        double kept = y.NotEqualTo(0).to(ScalarType.Float64).mean().item<double>();
        Assert.InRange(kept, 0.899, 0.901);
        Assert.InRange(y.to(ScalarType.Float64).mean().item<double>(), 0.999, 1.001);
        // Neither rows nor columns are favoured.
        Tensor byColumn = y.NotEqualTo(0).to(ScalarType.Float64).mean([0]);
        Assert.InRange(byColumn.std().item<double>(), 0.0085, 0.0105);
    }

    [Fact]
    public void Dropout_Fused_GradientHasTheSameMask()
    {
        using var scope = NewDisposeScope();
        Tensor x = _random.Uniform(37, 53).PlusInPlace(0.5).requires_grad_();
        using var draws = Draws.From(1);
        Tensor y = Dropout.Forward(x, 0.3);
        y.sum().backward();
        Tensor expected = y.detach().NotEqualTo(0).to(ScalarType.Float32).Times(1 / 0.7);
        Close.Relative(expected, x.grad!, AgainstFloat64.Value, "gradient");
    }

    [Fact]
    public void Dropout_Fused_FollowsTheSeed()
    {
        using var scope = NewDisposeScope();
        Tensor x = ones(64, 64);
        Tensor Draw(long seed)
        {
            using var draws = Draws.From(seed);
            return Dropout.Forward(x, 0.5);
        }
        Assert.True(Draw(1).equal(Draw(1)).all().item<bool>());
        Assert.False(Draw(1).equal(Draw(2)).all().item<bool>());
    }

    [Theory]
    [InlineData(1, 8, 40)]
    [InlineData(300, 16, 1000)]
    public void VocabularyLoss_FrozenHeadAndAnyHead_AreTheFormulas(long rows, long hidden, long vocabulary)
    {
        using var scope = NewDisposeScope();
        Tensor weight = _random.Normal(vocabulary, hidden);
        Tensor labels = _random.Integers(0, vocabulary, rows);
        AgainstFloat64.Compare(
            x => VocabularyLoss.FrozenHead(x[0], labels, weight),
            x => References.CrossEntropy(x[0], weight.to(ScalarType.Float64), labels),
            _random.Normal(rows, hidden));
        AgainstFloat64.Compare(
            x => VocabularyLoss.AnyHead(x[0], labels, rows => nn.functional.linear(rows, weight), 0),
            x => References.CrossEntropy(x[0], weight.to(ScalarType.Float64), labels),
            _random.Normal(rows, hidden));
    }

    [Fact]
    public void Kernels_InALoop_LeaveNoTensors()
    {
        using Tensor weight = _random.Normal(64);
        var silu = Activations.Of("silu");
        void Step()
        {
            using var scope = NewDisposeScope();
            Tensor x = _random.Normal(4, 8, 64).requires_grad_();
            Tensor y = Norms.RmsNorm(x, weight, 1e-5);
            Activations.Gated(silu, y, Dropout.Forward(y, 0.1)).sum().backward();
        }
        Step();
        Step();
        long before = Tensor.TotalCount;
        for (int i = 0; i < 50; i++)
            Step();
        Assert.InRange(Tensor.TotalCount - before, -8, 8);
    }
}
