using PeftSharp.Inference;
using PeftSharp.Models;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Inference;

public sealed class RunDtypeTests
{
    [Theory]
    [InlineData("dtype: bfloat16", null, ScalarType.BFloat16)]
    [InlineData("dtype: float32", null, ScalarType.Float32)]
    [InlineData("dtype: bfloat16", ScalarType.Float32, ScalarType.Float32)]
    [InlineData("task: SEQ_CLS", null, ScalarType.Float32)]
    [InlineData(null, null, ScalarType.Float32)]
    public void Load_AdapterOfARun_ComputesInItsDtype(string? config, ScalarType? asked, ScalarType expected)
    {
        using TinyFolder folder = new(TaskType.FeatureExtraction, adapters: 1);
        if (config is not null)
            File.WriteAllText(Path.Combine(folder.Adapter("a"), "..", "config.yaml"), $"model: x\n{config}\ntraining:\n  dtype: float32\n");
        using InferenceModel model = InferenceModel.Load(new() { Model = folder.Model, Adapter = folder.Adapter("a"), Dtype = asked });
        Assert.Equal(expected, model.Model.Base.Dtype);
    }
}
