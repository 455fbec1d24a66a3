using PeftSharp.Inference;
using PeftSharp.Models;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Inference;

public sealed class InferenceOptionsTests
{
    [Fact]
    public void Validate_EachMistake_IsNamed()
    {
        using TinyFolder folder = new(TaskType.FeatureExtraction, adapters: 1);
        Assert.Contains("Model is not set", Message(_ => new()), StringComparison.Ordinal);
        Assert.Contains("nowhere", Message(_ => new() { Model = "nowhere" }), StringComparison.Ordinal);
        Assert.Contains("adapter_config.json", Message(model => new() { Model = model, Adapter = model }), StringComparison.Ordinal);
        Assert.Contains("MaxLength", Message(model => new() { Model = model, MaxLength = 0 }), StringComparison.Ordinal);
        Assert.Contains("BatchSize", Message(model => new() { Model = model, BatchSize = 0 }), StringComparison.Ordinal);
        Assert.Contains("Dtype", Message(model => new() { Model = model, Dtype = ScalarType.Int64 }), StringComparison.Ordinal);
        InferenceOptions twice = new() { Model = folder.Model, Adapter = folder.Adapter("a") };
        twice.Adapters["default"] = folder.Adapter("a");
        Assert.Contains("default", Assert.Throws<ArgumentException>(twice.Validate).Message, StringComparison.Ordinal);

        string Message(Func<string, InferenceOptions> make) => Assert.Throws<ArgumentException>(make(folder.Model).Validate).Message;
    }

    [Fact]
    public void Load_AdapterOfAnotherBase_FreesWhatWasLoadedAndSaysSo()
    {
        using TinyFolder folder = new(TaskType.FeatureExtraction);
        using TinyFolder other = new(TaskType.CausalLanguageModel, adapters: 1);
        Assert.Throws<PeftException>(() => InferenceModel.Load(
            new() { Model = folder.Model, Adapter = other.Adapter("a") }, TaskType.FeatureExtraction));
    }

    [Fact]
    public void Load_WithAdapter_MakesItTheOneOfCallsThatNameNone()
    {
        using TinyFolder folder = new(TaskType.FeatureExtraction, adapters: 2);
        InferenceOptions options = new() { Model = folder.Model, Adapter = folder.Adapter("a") };
        options.Adapters["other"] = folder.Adapter("b");
        using InferenceModel model = InferenceModel.Load(options, TaskType.FeatureExtraction);
        Assert.Equal(PeftSharp.Adapters.Composition.Of("default"), model.Model.Active);
        Assert.Equal(2, model.Model.Adapters.Count);
        options.Adapter = null;
        using InferenceModel bare = InferenceModel.Load(options, TaskType.FeatureExtraction);
        Assert.Equal(PeftSharp.Adapters.Composition.None, bare.Model.Active);
    }
}
