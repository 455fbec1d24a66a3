using PeftSharp.Models;
using PeftSharp.Tests.Kernels.Int8;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Training;

[Collection(SeededTorch.Name)]
public sealed class Int8TrainingTests
{
    [Theory]
    [InlineData("llama", ScalarType.Float32)]
    [InlineData("llama", ScalarType.BFloat16)]
    [InlineData("bert", ScalarType.Float32)]
    public void Train_LoraInInt8_FollowsTheLossOfTheExactProducts(string family, ScalarType dtype)
    {
        if (Int8Machine.Refuses())
            return;
        double[] exact = Losses(family, ScalarType.Float32, ComputeMode.Auto), int8 = Losses(family, dtype, ComputeMode.Int8);
        Assert.NotEqual(exact, int8);
        Assert.True(exact[^1] < 0.9 * exact[0]);
        // Every step's loss within 3 % of the exact run's.
        Assert.All(exact.Zip(int8), pair => Assert.InRange(pair.Second / pair.First, 0.97, 1.03));
    }

    private static double[] Losses(string family, ScalarType dtype, ComputeMode compute)
    {
        using TinyModel tiny = TinyModel.Open(family, TinyModel.Lora(dropout: 0), dtype, compute);
        RecordingObserver observer = new();
        tiny.Train(tiny.Data(16), Runs.Short(30) with { Bf16 = dtype == ScalarType.BFloat16 }, observer);
        Assert.Empty(observer.Warnings);
        return [.. observer.Steps.Select(step => step.Loss)];
    }
}
