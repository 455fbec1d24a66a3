using PeftSharp.Kernels;
using PeftSharp.Models.Blocks;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Blocks;

public sealed class ReadPositionsTests
{
    private readonly RandomTensors _random = new(seed: 1);
    [Fact]
    public void PickAndRestore_SomePositions_KeepThemAndLeaveTheOthersZero()
    {
        using var scope = NewDisposeScope();
        Tensor x = _random.Normal(2, 3, 4).requires_grad_();
        ReadPositions read = new(tensor([1L, 5]), [2, 3, 4]);
        Tensor picked = read.Pick(x);
        Assert.Equal([2L, 4], picked.shape);
        Tensor restored = read.Restore(picked);
        Assert.True(restored[0, 1].equal(x[0, 1]).all().item<bool>());
        Assert.True(restored[1, 2].equal(x[1, 2]).all().item<bool>());
        Assert.Equal(8, restored.NotEqualTo(0).sum().item<long>());
        restored.sum().backward();
        Assert.Equal(8, x.grad!.sum().item<float>());
    }

    [Fact]
    public void PickAndRestore_All_AreTheTensorItself()
    {
        using Tensor x = _random.Normal(2, 3, 4);
        Assert.Same(x, ReadPositions.All.Pick(x));
        Assert.Same(x, ReadPositions.All.Restore(x));
    }

    [Fact]
    public void PickAndRestore_NoPosition_LeaveZeros()
    {
        using var scope = NewDisposeScope();
        ReadPositions read = new(zeros(0, dtype: ScalarType.Int64), [2, 3, 4]);
        Tensor restored = read.Restore(read.Pick(_random.Normal(2, 3, 4)));
        Assert.Equal(0, restored.NotEqualTo(0).sum().item<long>());
    }
}
