using PeftSharp.Kernels;
using PeftSharp.Kernels.Int8;
using PeftSharp.Kernels.Packed;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Kernels.Int8;

public sealed class QuantisedHeadTests
{
    [Fact]
    public void FrozenHead_ManyClasses_KeepsTheGradientOfTheUnlikelyOnes()
    {
        if (Int8Machine.Refuses())
            return;
        using var scope = NewDisposeScope();
        // All weights lean one way, which the many small gradients show and the one of the label does not.
        Tensor weight = randn(4096, 64).Times(0.1).Plus(0.3), rows = randn(40, 64).Times(0.3), labels = randint(0, 4096, [40], dtype: ScalarType.Int64);
        Tensor exact = Gradient(rows, labels, weight, null);
        using QuantisedHead head = new(weight);
        using QuantisedWeight whole = new(weight);
        Assert.InRange(Error(exact, Gradient(rows, labels, weight, head)), 0, 0.02);
        Assert.True(Error(exact, Gradient(rows, labels, weight, whole)) > 0.1);
    }

    private static Tensor Gradient(Tensor rows, Tensor labels, Tensor weight, IFrozenProduct? product)
    {
        Tensor x = rows.clone().requires_grad_();
        VocabularyLoss.FrozenHead(x, labels, weight, product).backward();
        return x.grad!;
    }

    private static double Error(Tensor expected, Tensor actual) => expected.sub(actual).norm().item<float>() / expected.norm().item<float>();
}
