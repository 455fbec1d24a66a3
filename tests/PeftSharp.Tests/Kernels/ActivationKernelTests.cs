using PeftSharp.Kernels;
using PeftSharp.Tests.Tensors;
using PeftSharp.Tests.Training;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Kernels;

/// <summary>
/// The activations against float64, each value by itself: an error that is small beside the largest value can be all of a small
/// one, and the small ones are those of large negative inputs.
/// </summary>
[Collection(nameof(Alone))]
public sealed class ActivationKernelTests : IDisposable
{
    /// <summary>What the kernels say of themselves: so many units in the last place, one being 2⁻²³ of a value at most.</summary>
    private const double Allowed = 6 / 8388608.0;

    private readonly RandomTensors _random = new(seed: 1);
    private readonly TwoThreads _two = new();

    public void Dispose() => _two.Dispose();

    public static TheoryData<string, float> Bounds => new() { { "gelu", -13.14f }, { "gelu_new", -9.9f }, { "gelu_pytorch_tanh", -9.9f } };

    [Theory, MemberData(nameof(Bounds))]
    public void Gelu_OfADenseGrid_IsExactInEveryValue(string name, float first)
    {
        using var scope = NewDisposeScope();
        Tensor x = Grid(first, 20);
        AssertEach(Reference(name)(x.to(ScalarType.Float64)), Activations.Of(name)(x), Allowed, x);
    }

    [Theory, MemberData(nameof(Bounds))]
    public void Gelu_GradientOfADenseGrid_IsExactBesideItsTerms(string name, float first)
    {
        using var scope = NewDisposeScope();
        Tensor x = Grid(first, 20).requires_grad_(), wide = x.detach().to(ScalarType.Float64).requires_grad_();
        Activations.Of(name)(x).backward([ones_like(x)]);
        Tensor y = Reference(name)(wide);
        y.backward([ones_like(wide)]);
        // y' = F(x) + x F'(x): where the terms cancel, no more than theirs can be known.
        Tensor share = y.detach().div(wide.detach()), terms = share.abs().Plus(wide.grad!.sub(share).abs());
        AssertEach(wide.grad!, x.grad!, Allowed, x, terms);
    }

    [Theory]
    [InlineData("gelu")]
    [InlineData("gelu_new")]
    [InlineData("silu")]
    public void Activation_OfSpecialValues_IsLibtorchs(string name)
    {
        using var scope = NewDisposeScope();
        Tensor x = tensor([float.NaN, float.PositiveInfinity, float.NegativeInfinity, 0f, -60f, -3.4e38f, 60f, 3.4e38f]).requires_grad_();
        Tensor y = name == "silu" ? Activations.Gated(Activations.Of(name), x, ones_like(x)) : Activations.Of(name)(x);
        y.sum().backward();
        float small = name == "silu" ? (float)(-60 * Math.Exp(-60)) : 0;
        Assert.Equal([float.NaN, float.PositiveInfinity, float.NaN, 0, small, 0, 60, 3.4e38f], y.data<float>().Select(value => value == 0 ? 0 : value));
        Assert.Equal(float.NaN, x.grad![0].item<float>());
        Assert.Equal([0.5f, name == "silu" ? (float)(-59 * Math.Exp(-60)) : 0, 0, 1, 1], x.grad!.narrow(0, 3, 5).data<float>().Select(value => value == 0 ? 0 : value));
    }

    [Fact]
    public void Gated_OfADenseGrid_IsExactInEveryValue()
    {
        using var scope = NewDisposeScope();
        // Below −88.72, where e^−x is beyond fp32, both libtorch and the kernel give 0.
        Tensor gate = Grid(-88.72f, 40).requires_grad_(), up = _random.Normal(gate.shape).requires_grad_();
        Tensor wideGate = gate.detach().to(ScalarType.Float64).requires_grad_(), wideUp = up.detach().to(ScalarType.Float64).requires_grad_();
        Tensor y = Activations.Gated(Activations.Of("silu"), gate, up), reference = References.Gated(wideGate, wideUp);
        y.backward([ones_like(y)]);
        reference.backward([ones_like(reference)]);
        AssertEach(reference.detach(), y, Allowed, gate);
        AssertEach(wideUp.grad!, up.grad!, Allowed, gate);
        Tensor sigma = wideGate.detach().sigmoid(), rest = wideGate.detach().neg().sigmoid();
        AssertEach(wideGate.grad!, gate.grad!, Allowed, gate, sigma.Plus(sigma.mul(rest).mul(wideGate.detach()).abs()).mul(wideUp.detach().abs()));
        Tensor beyond = Activations.Gated(Activations.Of("silu"), ScalarMath.Full([8], -1e30), ones(8));
        Assert.Equal(0, beyond.abs().max().item<float>());
    }

    [Theory]
    [InlineData(1, 1, 4)]
    [InlineData(2, 9, 100)]
    [InlineData(4, 128, 1536)]
    public void Gated_IsTheFormulas(long batch, long length, long width)
    {
        using var scope = NewDisposeScope();
        var silu = Activations.Of("silu");
        AgainstFloat64.Compare(
            x => Activations.Gated(silu, x[0], x[1]), x => References.Gated(x[0], x[1]),
            _random.Normal(batch, length, width), _random.Normal(batch, length, width));
    }

    [Theory]
    [InlineData("gelu", 1, 1, 3)]
    [InlineData("gelu", 5, 70, 100)]
    [InlineData("gelu_new", 1, 1, 3)]
    [InlineData("gelu_new", 5, 70, 100)]
    public void Gelu_IsTheFormulas(string name, long batch, long length, long width)
    {
        using var scope = NewDisposeScope();
        var gelu = Activations.Of(name);
        AgainstFloat64.Compare(x => gelu(x[0]), x => Reference(name)(x[0]), _random.Normal(batch, length, width));
    }

    private static Func<Tensor, Tensor> Reference(string name) => name == "gelu" ? References.Gelu : References.TanhGelu;

    /// <summary>Some hundred thousand values: evenly from one bound to the other, and close to 0 on both sides.</summary>
    private static Tensor Grid(float first, float last)
    {
        Tensor near = logspace(-30, 0, 5003);
        return cat([linspace(first, last, 300_007), near, near.neg()]);
    }

    /// <summary>Every value is off by no more than a share of itself, or of what it is the sum of.</summary>
    private static void AssertEach(Tensor expected, Tensor actual, double share, Tensor at, Tensor? terms = null)
    {
        const double LeastNormal = 1.1754944e-38;
        Tensor size = (terms ?? expected.abs()).maximum(ScalarMath.Full(expected.shape, LeastNormal, ScalarType.Float64));
        Tensor off = expected.sub(actual.detach().to(ScalarType.Float64)).abs().div(size);
        double most = off.max().item<double>();
        Assert.True(
            most <= share,
            $"off by {most:g3} at {at.detach()[off.argmax()].item<float>()}, which is {most * 8388608:f1} units in the last place; allowed is {share:g3}");
    }
}
