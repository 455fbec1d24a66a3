using PeftSharp.Adapters;
using PeftSharp.Kernels;
using PeftSharp.Methods.Ia3;
using PeftSharp.Methods.Lora;
using PeftSharp.Training;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Training;

/// <summary>LoRA+ and LoRA-FA.</summary>
[Collection(SeededTorch.Name)]
public sealed class LoraOptimizersTests
{
    private readonly RandomTensors _random = new(seed: 1);
    private static readonly LoraOptions _lora = new() { R = 4, LoraAlpha = 16, Init = LoraInit.Random };

    [Fact]
    public void Train_WithLoraPlus_StepsBAndVectorsFaster()
    {
        // Adam's first step is the learning rate in every value.
        Dictionary<string, float> moved = FirstStep(new() { LearningRate = 1e-4, LoraPlusRatio = 16 });
        Assert.All(moved, pair => Assert.Equal(
            pair.Key.Contains("lora_B", StringComparison.Ordinal) || pair.Key.EndsWith("bias", StringComparison.Ordinal) ? 16e-4 : 1e-4, pair.Value, 2e-5));
        Assert.Contains(moved, pair => pair.Key.EndsWith("classifier.bias", StringComparison.Ordinal));
        Assert.Contains(moved, pair => pair.Key.EndsWith("classifier.weight", StringComparison.Ordinal));
    }

    [Fact]
    public void Train_WithLoraPlusOnEmbedding_TakesItsOwnRate()
    {
        Dictionary<string, float> moved = FirstStep(
            new() { LearningRate = 1e-3, LoraPlusRatio = 4, LoraPlusEmbeddingRate = 1e-5 }, _lora with { TargetModules = TargetModules.Of("word_embeddings", "query") });
        Assert.All(moved.Where(pair => pair.Key.Contains("lora_embedding", StringComparison.Ordinal)), pair => Assert.Equal(1e-5, pair.Value, 2e-6));
    }

    [Fact]
    public void Train_WithLoraFa_KeepsAAndStepsBByTheCorrectedGradient()
    {
        using TinyModel tiny = TinyModel.Open("bert", _lora);
        LoraLinear pair = tiny.Adapter.Slots.Linear.Values.SelectMany(chain => chain).OfType<LoraLinear>().First();
        float[] a = pair.A.data<float>().ToArray();
        using Tensor gradient = _random.Uniform(pair.B.shape), before = pair.B.detach().clone();
        using (AdamWOptimizer optimizer = new(tiny.Adapter, tiny.Base, new() { Kind = OptimizerKind.LoraFa, LearningRate = 1e-3, AdamEpsilon = 10 }))
        {
            Assert.False(pair.A.requires_grad);
            // With a large epsilon the step is nearly the gradient itself: −η g / ε.
            int place = tiny.Adapter.Trainable.Where(tensor => !tensor.Key.Contains("lora_A", StringComparison.Ordinal)).ToList().FindIndex(tensor => ReferenceEquals(tensor.Value, pair.B));
            optimizer.Step(new GradientSet([place], [gradient]), 1);
        }
        Assert.True(pair.A.requires_grad);
        Assert.Equal(a, pair.A.data<float>().ToArray());
        using var scope = NewDisposeScope();
        Tensor inverse = linalg.inv(pair.A.detach().matmul(pair.A.detach().t()).Plus(eye(4).Times(1e-8)));
        Tensor corrected = gradient.matmul(inverse).DividedBy(4 * 4);
        Tensor expected = before.sub(corrected.div(corrected.abs().Plus(10)).Times(1e-3));
        Assert.True(expected.sub(pair.B.detach()).abs().max().item<float>() < 1e-6 + 1e-4 * corrected.abs().max().item<float>() * 1e-4, "B did not step by the corrected gradient");
        Assert.True(before.sub(pair.B.detach()).abs().max().item<float>() > 1e-6);
    }

    [Fact]
    public void Train_WithLoraFa_LearnsWithAFrozenAndResumesBitExact()
    {
        using TemporaryFolder folder = new();
        TrainingOptions options = Runs.Saving(folder.At("a"), 8, 4) with { Optimizer = new() { Kind = OptimizerKind.LoraFa, LearningRate = 5e-3 } };
        using TinyModel whole = TinyModel.Open("bert", _lora with { Init = LoraInit.Default });
        float[] a = A(whole);
        RecordingObserver observer = new();
        whole.Train(whole.Data(8), options, observer);
        Assert.Equal(a, A(whole));
        Assert.Empty(observer.Warnings);
        Assert.True(observer.Steps[^1].Loss < observer.Steps[0].Loss);
        using TinyModel again = TinyModel.Open("bert", _lora with { Init = LoraInit.Default });
        again.Train(again.Data(8), options with { Checkpoints = options.Checkpoints with { ResumeFrom = folder.At("a", "checkpoint-4") } });
        Assert.Equal(whole.Weights(), again.Weights());
    }

    [Fact]
    public void Train_WithLoraOptimizersOnAnotherMethod_SaysWhatToChange()
    {
        using TinyModel tiny = TinyModel.Open("bert", new Ia3Options());
        PeftException plus = Assert.Throws<PeftException>(() => tiny.Train(tiny.Data(4), Runs.Short(1) with { Optimizer = new() { LoraPlusRatio = 16 } }));
        Assert.Contains("loraplus_lr_ratio is for LoRA", plus.Message, StringComparison.Ordinal);
        PeftException fa = Assert.Throws<PeftException>(() => tiny.Train(tiny.Data(4), Runs.Short(1) with { Optimizer = new() { Kind = OptimizerKind.LoraFa } }));
        Assert.Contains("IA3", fa.Message, StringComparison.Ordinal);
    }

    private static float[] A(TinyModel tiny) =>
        [.. tiny.Adapter.Trainable.Where(tensor => tensor.Key.Contains("lora_A", StringComparison.Ordinal)).SelectMany(tensor => tensor.Value.data<float>().ToArray())];

    /// <summary>How far each tensor's values move at most in one step.</summary>
    private static Dictionary<string, float> FirstStep(OptimizerOptions optimizer, LoraOptions? lora = null)
    {
        using var scope = NewDisposeScope();
        using TinyModel tiny = TinyModel.Open("bert", lora ?? _lora);
        Dictionary<string, Tensor> before = tiny.Adapter.Trainable.ToDictionary(tensor => tensor.Key, tensor => tensor.Value.detach().clone());
        tiny.Train(tiny.Data(8), Runs.Short(1) with { Optimizer = optimizer });
        return tiny.Adapter.Trainable.ToDictionary(tensor => tensor.Key, tensor => tensor.Value.detach().sub(before[tensor.Key]).abs().max().item<float>());
    }
}
