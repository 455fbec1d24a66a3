using PeftSharp.Kernels;
using PeftSharp.Kernels.Int8;
using PeftSharp.Kernels.Packed;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Kernels.Int8;

public sealed class QuantisedHeadTests
{
    private readonly RandomTensors _random = new(seed: 1);
    [Fact]
    public void FrozenHead_ManyClasses_KeepsTheGradientOfTheUnlikelyOnes()
    {
        if (Int8Machine.Refuses())
            return;
        using var scope = NewDisposeScope();
        // All weights lean one way, which the many small gradients show and the one of the label does not.
        Tensor weight = _random.Normal(4096, 64).Times(0.1).Plus(0.3), rows = _random.Normal(40, 64).Times(0.3), labels = _random.Integers(0, 4096, 40);
        Tensor wide = rows.to(ScalarType.Float64).requires_grad_();
        References.CrossEntropy(wide, weight.to(ScalarType.Float64), labels).backward();
        Tensor exact = wide.grad!;
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

    private static double Error(Tensor expected, Tensor actual) => expected.sub(actual.to(ScalarType.Float64)).norm().item<double>() / expected.norm().item<double>();
}
