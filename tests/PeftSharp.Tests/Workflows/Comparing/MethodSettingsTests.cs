using PeftSharp.Adapters;
using PeftSharp.Methods;
using PeftSharp.Models;
using PeftSharp.Testing;
using PeftSharp.Workflows.Comparing;
using Xunit;

namespace PeftSharp.Tests.Workflows.Comparing;

public sealed class MethodSettingsTests
{
    public static TheoryData<string> Methods => [.. MethodSettings.All.Select(settings => settings.PeftType)];

    [Theory]
    [MemberData(nameof(Methods))]
    public void Settings_OfEveryMethod_MakeAnAdapterThatTrains(string method)
    {
        using TinyComparison tiny = new();
        ComparisonVariant variant = Assert.Single(tiny.Methods(method).Variants);
        Assert.True(variant.Config.Training.Optimizer.LearningRate > 0);
        using PretrainedModel pretrained = PretrainedModel.Load(
            Fixtures.Asset("models", "all-MiniLM-L6-v2"), new BaseModelOptions { Task = TaskType.SequenceClassification, Labels = ["no", "yes"] });
        using PeftModel model = pretrained.Attach(variant.Config.Peft);
        // More than the head alone, which every method trains.
        Assert.True(model.Find(PeftModel.DefaultAdapter).TrainableCount > 2 * 385);
    }

    [Fact]
    public void All_AreMethodsOfTheRegistry_EachOnceWithAReason()
    {
        Assert.Equal(MethodSettings.All.Count, MethodSettings.All.Select(settings => settings.PeftType).Distinct().Count());
        Assert.All(MethodSettings.All, settings => Assert.Contains(settings.PeftType, PeftMethods.Names));
        Assert.All(MethodSettings.All, settings => Assert.NotEmpty(settings.Why));
    }
}
