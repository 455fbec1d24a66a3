using PeftSharp.Adapters;
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

    public static TheoryData<string> GradientCases => [.. TunedCases.Select(row => row.Data).Where(GoldenCases.TrainsWithoutDropout).Where(GoldenCases.AttendsAsMeant)];

    public static TheoryData<string> MergedCases => [.. GoldenCases.With("merged_logits").Where(name => !HubCases.MergesWithoutBias(name) && !GoldenCases.RepeatsLayers(name))];

    public static TheoryData<string> BiasCases => [.. GoldenCases.With("merged_logits").Where(HubCases.MergesWithoutBias)];

    public static TheoryData<string> ForwardCases => [.. GoldenCases.With("logits").Where(GoldenCases.AttendsAsMeant)];

    public static TheoryData<string> StepCases => [.. GoldenCases.With("step_losses").Where(GoldenCases.TrainsWithoutDropout).Where(GoldenCases.AttendsAsMeant)];

    [Theory, MemberData(nameof(ForwardCases))]
    public void Forward_OfReferenceCase_GivesItsLogitsAndLoss(string name)
    {
        using GoldenCase golden = GoldenCase.Open(name);
        using Tensor logits = golden.Logits();
        using Tensor wanted = golden.Meaningful(golden.Expected("logits")), found = golden.Meaningful(logits);
        Close.Relative(wanted, found, LogitTolerance, "logits", StartRounding.Of(golden));
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
            using Tensor wanted = golden.Meaningful(golden.Expected($"hidden.{i}")), found = golden.Meaningful(state);
            Close.Relative(wanted, found, LogitTolerance, $"hidden.{i}");
        }
    }

    [Theory, MemberData(nameof(TunedCases))]
    public void Trainable_OfReferenceCase_AreTheReferenceParameters(string name)
    {
        using GoldenCase golden = GoldenCase.OpenForTraining(name);
        if (golden.TrainableNames is { } expected)
            Assert.Equal(expected.Order(StringComparer.Ordinal), golden.Adapter!.Trainable.Select(golden.ParameterName).Order(StringComparer.Ordinal));
        Assert.All(golden.Base.Parameters, parameter => Assert.False(parameter.Value.requires_grad));
    }

    [Theory, MemberData(nameof(GradientCases))]
    public void Backward_OfReferenceCase_GivesItsGradients(string name)
    {
        using GoldenCase golden = GoldenCase.OpenForTraining(name);
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
                Close.Relative(golden.Expected($"grad.{parameter}"), tensor.Value.grad!, GradientTolerance, $"grad.{parameter}", golden.Rounding);
            compared++;
        }
        Assert.Equal(golden.ExpectedNames.Count(expected => expected.StartsWith("grad.", StringComparison.Ordinal)), compared);
    }

    [Theory, MemberData(nameof(StepCases))]
    public void Train_FiveSteps_GivesReferenceLossesAndWeights(string name)
    {
        FiveSteps ours = FiveSteps.Run(name);
        using GoldenCase golden = GoldenCase.Open(name);
        float[] expected = golden.Expected("step_losses").data<float>().ToArray();
        for (int step = 0; step < expected.Length; step++)
            Assert.True(
                Math.Abs(ours.Losses[step] - expected[step]) <= LossTolerance * Math.Abs(expected[step]),
                $"step {step + 1}: the loss {ours.Losses[step]} is not {expected[step]}");
        RoundingEnvelope envelope = new(name);
        foreach ((string parameter, float[] values) in ours.Final)
            if (golden.Has($"final.{parameter}") && !golden.IsNoise(parameter))
                envelope.Compare(parameter, golden.Expected($"final.{parameter}").data<float>().ToArray(), values, FinalTolerance, golden.NoiseIn(parameter));
    }

    [Theory, MemberData(nameof(BiasCases))]
    public void Merge_OfScaledBias_GivesTheUnmergedLogits(string name)
    {
        using GoldenCase golden = GoldenCase.Open(name);
        golden.Model.Merge();
        using Tensor logits = golden.Model.Forward(golden.Input);
        Close.Relative(golden.Expected("logits"), logits, LogitTolerance, "merged logits");
    }

    [Theory, MemberData(nameof(MergedCases))]
    public void Merge_OfReferenceCase_GivesItsWeightsAndLogits(string name)
    {
        using GoldenCase golden = GoldenCase.Open(name);
        double rounding = StartRounding.Of(golden);
        using MergedWeights merged = golden.Model.MergedWeights();
        IReadOnlyList<string> tied = golden.TiedByMerging;
        foreach (string expected in golden.ExpectedNames.Where(expected => expected.StartsWith("merged.", StringComparison.Ordinal) && !tied.Contains(expected["merged.".Length..])))
            Close.Relative(golden.Expected(expected), merged[expected["merged.".Length..]], LogitTolerance, expected);
        Assert.Equal(golden.MergedKeys.Except(tied).Order(StringComparer.Ordinal), merged.ChangedNames.Except(tied).Order(StringComparer.Ordinal));
        golden.Model.Merge();
        using var scope = NewDisposeScope();
        using (Tensor logits = golden.Model.Forward(tied.Count == 0 ? golden.BareInput : golden.Input))
            Close.Relative(golden.Meaningful(golden.Expected(tied.Count == 0 ? "merged_logits" : "logits")), golden.Meaningful(logits), LogitTolerance, "merged_logits", rounding);
        golden.Model.Unmerge();
        using (Tensor logits = golden.Model.Forward(golden.Input))
            Close.Relative(golden.Meaningful(golden.Expected("logits")), golden.Meaningful(logits), LogitTolerance, "logits after unmerging", rounding);
    }
}
