using PeftSharp.Kernels;
using PeftSharp.Kernels.Graph;
using PeftSharp.Tests.Tensors;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Kernels.Graph;

[Collection(nameof(Alone))]
public sealed class GraphNodeTests
{
    private readonly RandomTensors _random = new(seed: 1);
    [Fact]
    public void Attach_OfADoubling_HandsItsGradientOn()
    {
        using var scope = NewDisposeScope();
        Tensor x = _random.Normal(3).requires_grad_(), other = _random.Normal(3);
        Doubled(x).mul(other).sum().backward();
        GraphNode.EndBackward();
        Assert.Equal(other.Times(2).data<float>().ToArray(), x.grad!.data<float>().ToArray());
    }

    [Fact]
    public void Backward_OfAnInputThatNeedsNone_MayBeLeftOut()
    {
        using var scope = NewDisposeScope();
        Tensor x = _random.Normal(2).requires_grad_(), frozen = _random.Normal(2), y;
        using (no_grad())
            y = x.mul(frozen);
        Tensor[] kept = [GraphNode.Keep(frozen)];
        GraphNode.Attach("test", y, [x, frozen], kept, dy => [dy.mul(kept[0]), null]).sum().backward();
        Assert.Equal(frozen.data<float>().ToArray(), x.grad!.data<float>().ToArray());
        Assert.Null(frozen.grad);
    }

    [Fact]
    public void EndBackward_AfterAFailure_ThrowsIt()
    {
        using var scope = NewDisposeScope();
        Tensor x = _random.Normal(2).requires_grad_();
        GraphNode.Attach("test", ones(2), [x], [], _ => throw new InvalidDataException("of the kernel")).sum().backward();
        Assert.Equal("of the kernel", Assert.Throws<InvalidDataException>(GraphNode.EndBackward).Message);
        GraphNode.EndBackward();
    }

    [Fact]
    public void Backward_ASecondTime_IsAnErrorThatSaysSo()
    {
        using var scope = NewDisposeScope();
        Tensor x = _random.Normal(2).requires_grad_();
        Tensor y = Doubled(x).sum();
        y.backward();
        y.backward();
        Assert.Contains("compute the result again", Assert.Throws<InvalidOperationException>(GraphNode.EndBackward).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Attach_InALoop_LeavesNoTensor(bool runBackward)
    {
        void Step()
        {
            using var scope = NewDisposeScope();
            Tensor x = _random.Normal(16).requires_grad_();
            Tensor y = Doubled(Doubled(x)).sum();
            if (!runBackward)
                return;
            y.backward();
            GraphNode.EndBackward();
        }
        Step();
        long before = LiveTensors.Settled();
        for (int i = 0; i < 100; i++)
            Step();
        Assert.InRange(LiveTensors.Settled() - before, -8, 8);
    }

    [Fact]
    public void Backward_WithKept_FreesItAtOnce()
    {
        using var scope = NewDisposeScope();
        Tensor x = _random.Normal(4).requires_grad_();
        Tensor kept = GraphNode.Keep(x);
        Tensor y = GraphNode.Attach("test", ones(4), [x], [kept], dy => [dy.clone()]).sum();
        Assert.False(kept.IsInvalid);
        y.backward();
        GraphNode.EndBackward();
        Assert.True(kept.IsInvalid);
    }

    private static Tensor Doubled(Tensor x)
    {
        using var noGrad = no_grad();
        Tensor y = x.Times(2);
        return Attach(x, y);
    }

    private static Tensor Attach(Tensor x, Tensor y) => GraphNode.Attach("test", y, [x], [], dy => [dy.Times(2)]);
}
