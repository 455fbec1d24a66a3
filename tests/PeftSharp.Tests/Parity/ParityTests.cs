using System.Text.Json;
using PeftSharp.Adapters;
using PeftSharp.Kernels;
using PeftSharp.Models;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Parity;

/// <summary>Every golden case against the real transformers and peft, at the tolerances of the fixtures' README.</summary>
public sealed class ParityTests
{
    private const double LogitTolerance = 1e-5;
    private const double GradientTolerance = 1e-4;
    private const double LossTolerance = 1e-4;
    private const double FinalTolerance = 1e-3;

    public static TheoryData<string> AllCases => [.. GoldenCases.All];

    public static TheoryData<string> BaseCases => GoldenCases.Bases;

    public static TheoryData<string> TunedCases => GoldenCases.Tuned;

    public static TheoryData<string> MergedCases => [.. GoldenCases.With("merged_logits")];

    public static TheoryData<string> ForwardCases => [.. GoldenCases.With("logits")];

    public static TheoryData<string> StepCases => [.. GoldenCases.With("step_losses")];

    [Theory, MemberData(nameof(ForwardCases))]
    public void Forward_OfReferenceCase_GivesItsLogitsAndLoss(string name)
    {
        using GoldenCase golden = GoldenCase.Open(name);
        using Tensor logits = golden.Model.Forward(golden.Input);
        Close.Relative(golden.Expected("logits"), logits, LogitTolerance, "logits");
        if (!golden.Has("loss"))
            return;
        using Tensor loss = golden.Loss();
        Close.Relative(golden.Expected("loss"), loss, LossTolerance, "loss");
    }

    [Theory, MemberData(nameof(BaseCases))]
    public void Hidden_OfReferenceBase_GivesEveryLayer(string name)
    {
        using GoldenCase golden = GoldenCase.Open(name);
        List<Tensor> states = [];
        using Tensor last = golden.Base.Hidden(golden.Input, Pass.Bare, states.Add);
        Assert.Equal(golden.ExpectedNames.Count(expected => expected.StartsWith("hidden.", StringComparison.Ordinal)), states.Count);
        for (int i = 0; i < states.Count; i++)
        {
            using Tensor state = states[i];
            Close.Relative(golden.Expected($"hidden.{i}"), state, LogitTolerance, $"hidden.{i}");
        }
    }

    [Theory, MemberData(nameof(TunedCases))]
    public void Trainable_OfReferenceCase_AreTheReferenceParameters(string name)
    {
        using GoldenCase golden = GoldenCase.Open(name);
        if (golden.TrainableNames is { } expected)
            Assert.Equal(expected.Order(StringComparer.Ordinal), golden.Adapter!.Trainable.Select(golden.ParameterName).Order(StringComparer.Ordinal));
        Assert.All(golden.Base.Parameters, parameter => Assert.False(parameter.Value.requires_grad));
    }

    [Theory, MemberData(nameof(TunedCases))]
    public void Backward_OfReferenceCase_GivesItsGradients(string name)
    {
        using GoldenCase golden = GoldenCase.Open(name);
        using Tensor loss = golden.Loss();
        loss.backward();
        int compared = 0;
        foreach (TrainableTensor tensor in golden.Adapter!.Trainable)
        {
            string parameter = golden.ParameterName(tensor);
            if (golden.NamesWithoutGradient.Contains(parameter))
            {
                Assert.True(tensor.Value.grad is null, $"{parameter} has a gradient and the reference has none");
                continue;
            }
            Assert.True(tensor.Value.grad is not null, $"{parameter} has no gradient");
            if (!golden.Has($"grad.{parameter}"))
                continue;
            if (golden.IsNoise(parameter))
                Assert.True(tensor.Value.grad!.abs().max().item<float>() < golden.NoiseLevel, $"grad.{parameter} is zero but for rounding");
            else
                Close.Relative(golden.Expected($"grad.{parameter}"), tensor.Value.grad!, GradientTolerance, $"grad.{parameter}");
            compared++;
        }
        Assert.Equal(golden.ExpectedNames.Count(expected => expected.StartsWith("grad.", StringComparison.Ordinal)), compared);
    }

    [Theory, MemberData(nameof(StepCases))]
    public void Train_FiveSteps_GivesReferenceLossesAndWeights(string name)
    {
        using GoldenCase golden = GoldenCase.Open(name);
        JsonElement settings = golden.Optimizer;
        var betas = settings.GetProperty("betas");
        // A parameter that never gets a gradient is not the optimizer's, as in torch.
        TrainableTensor[] stepped =
            [.. golden.Adapter!.Trainable.Where(tensor => !golden.NamesWithoutGradient.Contains(golden.ParameterName(tensor)))];
        using var scope = NewDisposeScope();
        Tensor[] values = [.. stepped.Select(tensor => tensor.Value)];
        Tensor[] means = [.. values.Select(value => zeros_like(value))];
        Tensor[] squares = [.. values.Select(value => zeros_like(value))];
        float[] expected = golden.Expected("step_losses").data<float>().ToArray();
        for (int step = 1; step <= expected.Length; step++)
        {
            float wanted = expected[step - 1];
            using Tensor loss = golden.Loss();
            loss.backward();
            AdamW.Step(
                values, [.. values.Select(value => value.grad!)], means, squares, step,
                settings.GetProperty("lr").GetDouble(), betas[0].GetDouble(), betas[1].GetDouble(),
                settings.GetProperty("eps").GetDouble(), settings.GetProperty("weight_decay").GetDouble());
            foreach (Tensor value in values)
                value.grad!.zero_();
            Assert.True(Math.Abs(loss.item<float>() - wanted) <= LossTolerance * Math.Abs(wanted), $"{loss.item<float>()} is not {wanted}");
        }
        foreach (TrainableTensor tensor in stepped)
            if (golden.Has($"final.{golden.ParameterName(tensor)}"))
                CompareFinal(golden, tensor);
    }

    /// <summary>
    /// AdamW moves every value by about the learning rate whatever the size of its gradient, so a value whose gradient is
    /// only rounding moves by the sign of the rounding: such values are left out, one by one.
    /// </summary>
    private static void CompareFinal(GoldenCase golden, TrainableTensor tensor)
    {
        string parameter = golden.ParameterName(tensor);
        Tensor wanted = golden.Expected($"final.{parameter}");
        if (!golden.Has($"grad.{parameter}"))
        {
            Close.Relative(wanted, tensor.Value, FinalTolerance, tensor.Key);
            return;
        }
        using Tensor rounding = golden.Expected($"grad.{parameter}").abs().lt(golden.NoiseLevel);
        using Tensor expected = wanted.masked_fill(rounding, 0);
        using Tensor actual = tensor.Value.detach().masked_fill(rounding, 0);
        Close.Relative(expected, actual, FinalTolerance, tensor.Key);
    }

    [Theory, MemberData(nameof(MergedCases))]
    public void Merge_OfReferenceCase_GivesItsWeightsAndLogits(string name)
    {
        using GoldenCase golden = GoldenCase.Open(name);
        using MergedWeights merged = golden.Model.MergedWeights();
        foreach (string expected in golden.ExpectedNames.Where(expected => expected.StartsWith("merged.", StringComparison.Ordinal)))
            Close.Relative(golden.Expected(expected), merged[expected["merged.".Length..]], LogitTolerance, expected);
        Assert.Equal(golden.MergedKeys.Order(StringComparer.Ordinal), merged.ChangedNames.Order(StringComparer.Ordinal));
        golden.Model.Merge();
        using (Tensor logits = golden.Model.Forward(golden.Input))
            Close.Relative(golden.Expected("merged_logits"), logits, LogitTolerance, "merged_logits");
        golden.Model.Unmerge();
        using (Tensor logits = golden.Model.Forward(golden.Input))
            Close.Relative(golden.Expected("logits"), logits, LogitTolerance, "logits after unmerging");
    }
}
