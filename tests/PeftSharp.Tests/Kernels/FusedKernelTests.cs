using PeftSharp.Kernels;
using PeftSharp.Kernels.Fused;
using PeftSharp.Tests.Parity;
using PeftSharp.Tests.Tensors;
using PeftSharp.Tests.Training;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Kernels;

/// <summary>Each fused kernel gives the values and the gradients of the plain operators.</summary>
[Collection(nameof(Alone))]
public sealed class FusedKernelTests : IDisposable
{
    private const double Tolerance = 2e-6;
    private readonly TwoThreads _two = new();

    public void Dispose() => _two.Dispose();

    [Theory]
    [InlineData(1, 1, 8)]
    [InlineData(3, 7, 33)]
    [InlineData(8, 65, 576)]
    public void RmsNorm_Fused_EqualsPlain(long batch, long length, long width)
    {
        using var scope = NewDisposeScope();
        Tensor weight = randn(width);
        Compare(x => Norms.RmsNorm(x[0], weight, 1e-5), randn(batch, length, width));
    }

    [Theory]
    [InlineData(1, 1, 8)]
    [InlineData(3, 7, 40)]
    [InlineData(16, 24, 384)]
    public void ResidualLayerNorm_Fused_EqualsPlain(long batch, long length, long width)
    {
        using var scope = NewDisposeScope();
        (Tensor weight, Tensor bias) = (randn(width), randn(width));
        Compare(
            x => Norms.ResidualLayerNorm(x[0], x[1], weight, bias, 1e-12, 0), randn(batch, length, width), randn(batch, length, width));
    }

    [Fact]
    public void ResidualLayerNorm_ValuesTooLargeToSquare_AreNoNumber()
    {
        using var scope = NewDisposeScope();
        Tensor y = Norms.ResidualLayerNorm(randn(1, 16).Times(1e30), randn(1, 16), ones(16), zeros(16), 1e-12, 0);
        Assert.True(y.isnan().all().item<bool>());
    }

    [Fact]
    public void ResidualLayerNorm_WithDropout_DropsOneSideAndItsGradientAlike()
    {
        using var scope = NewDisposeScope();
        (Tensor weight, Tensor bias) = (ones(64), zeros(64));
        Tensor hidden = full([10, 64], 3f).requires_grad_();
        Tensor residual = zeros(10, 64).requires_grad_();
        Tensor y = Norms.ResidualLayerNorm(hidden, residual, weight, bias, 1e-12, 0.5);
        y.backward([randn(10, 64)]);
        // A kept value is 6 and a dropped one 0: above and below the mean.
        Tensor kept = y.detach().gt(0).to(ScalarType.Float32);
        Assert.InRange(kept.mean().item<float>(), 0.4f, 0.6f);
        Close.Relative(residual.grad!.mul(kept).Times(2), hidden.grad!, Tolerance, "gradient of the dropped side");
    }

    [Theory]
    [InlineData(1, 1, 4)]
    [InlineData(2, 9, 100)]
    [InlineData(4, 128, 1536)]
    public void Gated_Fused_EqualsPlain(long batch, long length, long width)
    {
        using var scope = NewDisposeScope();
        var silu = Activations.Of("silu");
        Compare(x => Activations.Gated(silu, x[0], x[1]), randn(batch, length, width), randn(batch, length, width));
    }

    [Theory]
    [InlineData(1, 1, 1, 2)]
    [InlineData(2, 3, 7, 10)]
    [InlineData(4, 9, 64, 64)]
    public void Rotary_FusedOnSplitHeads_EqualsPlain(long batch, long heads, long length, long width)
    {
        using var scope = NewDisposeScope();
        Tensor angles = randn(1, 1, length, width / 2);
        Tensor both = cat([angles, angles], -1);
        (Tensor cos, Tensor sin) = (both.cos(), both.sin());
        Compare(
            x => Rotary.Forward(x[0].view(batch, length, heads, width).transpose(1, 2), cos, sin), randn(batch, length, heads * width));
    }

    [Theory]
    [InlineData(1, 1, 1, 1, false, false)]
    [InlineData(2, 3, 5, 9, true, false)]
    [InlineData(2, 3, 9, 9, true, true)]
    [InlineData(4, 9, 128, 128, true, true)]
    [InlineData(4, 12, 33, 33, false, false)]
    [InlineData(2, 6, 4, 37, true, true)]
    [InlineData(1, 3, 150, 150, true, true)]
    public void Attention_Fused_EqualsPlain(long batch, long heads, long queries, long keys, bool padded, bool causal)
    {
        using var scope = NewDisposeScope();
        Tensor padding = ones(batch, keys, dtype: ScalarType.Int64);
        if (padded)
            padding[0, 0] = tensor(0L);
        Tensor? mask = AttentionMasks.Build(padding, queries, keys, causal, ScalarType.Float32, CPU);
        long groups = heads % 3 == 0 ? heads / 3 : heads;
        Compare(
            x => Attention.Forward(x[0], x[1], x[2], mask, 0),
            randn(batch, heads, queries, 16), randn(batch, groups, keys, 16), randn(batch, groups, keys, 16));
    }

    [Fact]
    public void Attention_RowsThatSeeNothing_EqualPlain()
    {
        using var scope = NewDisposeScope();
        // Padding in front: the first causal rows see no real key at all.
        Tensor padding = ones(2, 12, dtype: ScalarType.Int64);
        padding.narrow(0, 1, 1).narrow(1, 0, 5).zero_();
        Tensor? mask = AttentionMasks.Build(padding, 12, 12, causal: true, ScalarType.Float32, CPU);
        Compare(x => Attention.Forward(x[0], x[1], x[2], mask, 0), randn(2, 3, 12, 8), randn(2, 3, 12, 8), randn(2, 3, 12, 8));
    }

    [Fact]
    public void Attention_Fused_ReadsHeadsWhereTheProjectionLeftThem()
    {
        using var scope = NewDisposeScope();
        static Tensor Heads(Tensor x) => x.view(2, 11, 3, 16).transpose(1, 2);
        Compare(
            x => Attention.Forward(Heads(x[0]), Heads(x[1]), Heads(x[2]), null, 0), randn(2, 11, 48), randn(2, 11, 48), randn(2, 11, 48));
    }

    [Fact]
    public void Attention_DropoutOnAllKeys_GradientHasTheSameMask()
    {
        using var scope = NewDisposeScope();
        // With equal scores the weights are 1/S; values that pick out single keys show which weights were kept.
        (long queries, long keys) = (16, 16);
        Tensor zero = zeros(1, 1, queries, 16), v = eye(keys).view(1, 1, keys, keys).clone().requires_grad_();
        random.manual_seed(3);
        Tensor y = Attention.Forward(zero, zero, v, null, 0.5);
        Tensor kept = y.detach().view(queries, keys);
        Assert.InRange(kept.gt(0).to(ScalarType.Float32).mean().item<float>(), 0.3f, 0.7f);
        y.sum().backward();
        // dv[s] = Σ over queries of the dropped weights, for every column alike.
        Tensor expected = kept.sum([0]).view(1, 1, keys, 1).expand(1, 1, keys, keys);
        Close.Relative(expected, v.grad!, Tolerance, "gradient of the values");
    }

    [Fact]
    public void Dropout_Fused_DropsTheShareAndKeepsTheMean()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(7);
        Tensor x = ones(1000, 1001);
        Tensor y = Dropout.Forward(x, 0.1);
        double kept = y.ne(0).to(ScalarType.Float64).mean().item<double>();
        Assert.InRange(kept, 0.899, 0.901);
        Assert.InRange(y.to(ScalarType.Float64).mean().item<double>(), 0.999, 1.001);
        // Neither rows nor columns are favoured.
        Tensor byColumn = y.ne(0).to(ScalarType.Float64).mean([0]);
        Assert.InRange(byColumn.std().item<double>(), 0.0085, 0.0105);
    }

    [Fact]
    public void Dropout_Fused_GradientHasTheSameMask()
    {
        using var scope = NewDisposeScope();
        Tensor x = rand(37, 53).PlusInPlace(0.5).requires_grad_();
        Tensor y = Dropout.Forward(x, 0.3);
        y.sum().backward();
        Tensor expected = y.detach().ne(0).to(ScalarType.Float32).Times(1 / 0.7);
        Close.Relative(expected, x.grad!, Tolerance, "gradient");
    }

    [Fact]
    public void Dropout_Fused_FollowsTheSeed()
    {
        using var scope = NewDisposeScope();
        Tensor x = ones(64, 64);
        Tensor Draw(long seed)
        {
            random.manual_seed(seed);
            return Dropout.Forward(x, 0.5);
        }
        Assert.True(Draw(1).equal(Draw(1)).all().item<bool>());
        Assert.False(Draw(1).equal(Draw(2)).all().item<bool>());
    }

    [Theory]
    [InlineData(1, 8, 40)]
    [InlineData(300, 16, 1000)]
    public void VocabularyLoss_FrozenHead_EqualsAnyHead(long rows, long hidden, long vocabulary)
    {
        using var scope = NewDisposeScope();
        Tensor weight = randn(vocabulary, hidden);
        Tensor labels = randint(0, vocabulary, rows, dtype: ScalarType.Int64);
        Tensor one = randn(rows, hidden).requires_grad_();
        Tensor other = one.detach().clone().requires_grad_();
        Tensor frozen = VocabularyLoss.FrozenHead(one, labels, weight);
        Tensor any = VocabularyLoss.AnyHead(other, labels, x => nn.functional.linear(x, weight), 0);
        Close.Relative(any, frozen, Tolerance, "loss");
        frozen.Times(0.25).backward();
        any.Times(0.25).backward();
        Close.Relative(other.grad!, one.grad!, 1e-5, "gradient");
    }

    [Theory]
    [InlineData(1, 1, 3)]
    [InlineData(5, 70, 100)]
    public void Gelu_Fused_EqualsPlain(long batch, long length, long width)
    {
        using var scope = NewDisposeScope();
        var gelu = Activations.Of("gelu");
        Compare(x => gelu(x[0]), randn(batch, length, width));
    }

    [Fact]
    public void Kernels_InALoop_LeaveNoTensors()
    {
        using Tensor weight = randn(64);
        var silu = Activations.Of("silu");
        void Step()
        {
            using var scope = NewDisposeScope();
            Tensor x = randn(4, 8, 64).requires_grad_();
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

    private static void Compare(Func<Tensor[], Tensor> compute, params Tensor[] inputs)
    {
        Tensor[] one = [.. inputs.Select(x => x.clone().requires_grad_())];
        Tensor[] other = [.. inputs.Select(x => x.clone().requires_grad_())];
        Assert.True(FusedKernels.Enabled);
        Tensor fused = compute(one);
        Tensor upstream = randn(fused.shape);
        fused.backward([upstream]);
        try
        {
            FusedKernels.Enabled = false;
            Tensor plain = compute(other);
            plain.backward([upstream]);
            Close.Relative(plain, fused, Tolerance, "value");
        }
        finally
        {
            FusedKernels.Enabled = true;
        }
        for (int i = 0; i < inputs.Length; i++)
            Close.Relative(other[i].grad!, one[i].grad!, 5 * Tolerance, $"gradient {i}");
        using (no_grad())
            Close.Relative(fused, compute(one), Tolerance, "value without a graph");
    }
}
