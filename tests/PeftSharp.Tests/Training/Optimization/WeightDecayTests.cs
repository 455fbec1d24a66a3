using PeftSharp.Methods.FullFineTuning;
using PeftSharp.Training;
using Xunit;

namespace PeftSharp.Tests.Training;

[Collection(SeededTorch.Name)]
public sealed class WeightDecayTests
{
    [Theory]
    [InlineData("bert", "bert.encoder.layer.0.attention.self.query.weight", true)]
    [InlineData("bert", "bert.encoder.layer.0.attention.self.query.bias", false)]
    [InlineData("bert", "bert.encoder.layer.0.attention.output.LayerNorm.weight", false)]
    [InlineData("bert", "bert.embeddings.word_embeddings.weight", true)]
    [InlineData("bert", "classifier.weight", true)]
    [InlineData("llama", "model.layers.0.input_layernorm.weight", false)]
    [InlineData("llama", "model.norm.weight", false)]
    [InlineData("llama", "model.layers.0.mlp.up_proj.weight", true)]
    public void AppliesTo_ParameterOfAModel_IsAsTransformersDecides(string family, string name, bool expected)
    {
        using TinyModel tiny = TinyModel.Open(family, new FullFineTuningOptions());
        Assert.Equal(expected, WeightDecay.AppliesTo(tiny.Adapter.Trainable.Single(tensor => tensor.Key == $"base_model.model.{name}"), tiny.Base));
    }

    [Fact]
    public void AppliesTo_LoraWeights_IsTrue()
    {
        using TinyModel tiny = TinyModel.Open("bert");
        Assert.All(
            tiny.Adapter.Trainable.Where(tensor => tensor.Key.Contains("lora_", StringComparison.Ordinal)),
            tensor => Assert.True(WeightDecay.AppliesTo(tensor, tiny.Base)));
    }

    [Fact]
    public void Train_ZeroGradientWithDecay_ShrinksOnlyWhatDecays()
    {
        // One batch with every label smoothed away would still have gradients; so look at what AdamW adds: θ(1 − ηλ).
        using TinyModel plain = TinyModel.Open("bert", new FullFineTuningOptions()), decayed = TinyModel.Open("bert", new FullFineTuningOptions());
        TrainingOptions options = Runs.Short(1, learningRate: 1e-2);
        plain.Train(plain.Data(), options);
        decayed.Train(decayed.Data(), options with { Optimizer = options.Optimizer with { WeightDecay = 0.5 } });
        foreach (var (one, other) in plain.Adapter.Trainable.Zip(decayed.Adapter.Trainable))
            Assert.Equal(WeightDecay.AppliesTo(one, plain.Base), !one.Value.data<float>().ToArray().SequenceEqual(other.Value.data<float>().ToArray()));
    }
}
