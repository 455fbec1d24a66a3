using PeftSharp.Models;
using PeftSharp.Models.Heads;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Models.Heads;

/// <summary>The losses of HF's problem types, by their equations.</summary>
public sealed class ClassificationTests
{
    private static readonly float[] _logits = [2, -1, 0.5f, 30, -40, 0];
    private static readonly float[] _flags = [1, 0, 1, 0, 1, 1];

    [Theory]
    [InlineData(ProblemType.MultiLabel)]
    // As HF takes numbers for several outputs where the config has no problem_type.
    [InlineData(null)]
    public void OfRows_FlagsALabel_IsTheLogisticLossWithItsGradient(ProblemType? type)
    {
        using var scope = NewDisposeScope();
        Tensor logits = tensor(_logits, [2, 3], requires_grad: true);
        LossSum loss = Classification.OfRows(logits, new Targets { Labels = tensor(_flags, [2, 3]) }, type);
        // −Σ y ln σ(x) + (1 − y) ln(1 − σ(x)) = Σ ln(1 + exp(∓x)).
        double expected = _logits.Zip(_flags).Sum(pair => Softplus(pair.Second == 1 ? -pair.First : pair.First));
        Assert.Equal(6, loss.Count);
        Assert.Equal(expected, loss.Sum.item<float>(), 4);
        loss.Sum.backward();
        float[] gradient = logits.grad!.data<float>().ToArray();
        for (int i = 0; i < gradient.Length; i++)
            Assert.Equal(1 / (1 + Math.Exp(-_logits[i])) - _flags[i], gradient[i], 5);
    }

    [Fact]
    public void OfRows_OneLabel_IsDecidedByTheProblemType()
    {
        using var scope = NewDisposeScope();
        Tensor logits = tensor([2f, -1f], [2, 1]);
        Targets flags = new() { Labels = tensor([1f, 0f], [2, 1]) };
        Assert.Equal(Softplus(-2) + Softplus(-1), Classification.OfRows(logits, flags, ProblemType.MultiLabel).Sum.item<float>(), 5);
        Assert.Equal(1 + 1, Classification.OfRows(logits, flags, ProblemType.Regression).Sum.item<float>(), 5);
    }

    [Fact]
    public void OfRows_SmoothingOfFlags_IsRefused()
    {
        using var scope = NewDisposeScope();
        Targets targets = new() { Labels = tensor(_flags, [2, 3]), LabelSmoothing = 0.1 };
        Assert.Contains("label_smoothing_factor", Assert.Throws<PeftException>(() => Classification.OfRows(tensor(_logits, [2, 3]), targets, ProblemType.MultiLabel)).Message, StringComparison.Ordinal);
    }

    private static double Softplus(double x) => Math.Max(x, 0) + Math.Log(1 + Math.Exp(-Math.Abs(x)));
}
