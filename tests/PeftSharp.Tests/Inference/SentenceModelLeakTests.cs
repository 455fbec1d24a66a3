using PeftSharp.Inference;
using PeftSharp.Inference.Embedding;
using PeftSharp.Models;
using PeftSharp.Tests.Tensors;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Inference;

[Collection(nameof(Alone))]
public sealed class SentenceModelLeakTests
{
    [Fact]
    public void Dispose_Embedder_FreesTheWeightsOfItsModules()
    {
        using TinyFolder folder = SentenceModel.Create(includePrompt: true);
        using InferenceModel model = InferenceModel.Load(new() { Model = folder.Model }, TaskType.FeatureExtraction);
        long before = LiveTensors.Settled();
        using (TextEmbedder embedder = new(model))
            embedder.Embed(["where is my card", "ok"]);
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Theory]
    [InlineData("\"my.code.Tanh\"")]
    [InlineData("\"torch.nn.modules.activation.Tanh\", \"shiny\": 3")]
    [InlineData("\"torch.nn.modules.activation.Tanh\", \"use_residual\": true")]
    public void Load_DenseThatFailsHalfWay_LeavesNoTensor(string activation)
    {
        using TinyFolder folder = SentenceModel.Create(includePrompt: true);
        File.WriteAllText(
            Path.Combine(folder.Model, "2_Dense", "config.json"),
            $$"""{ "in_features": 24, "out_features": 5, "activation_function": {{activation}} }""");
        long before = LiveTensors.Settled();
        Assert.ThrowsAny<Exception>(() => SentenceFolder.Load(folder.Model));
        Assert.Equal(before, Tensor.TotalCount);
    }
}
