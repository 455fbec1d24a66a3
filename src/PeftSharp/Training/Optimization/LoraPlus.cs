using PeftSharp.Adapters;

namespace PeftSharp.Training;

/// <summary>
/// The learning rates of LoRA+ (as HF PEFT's create_loraplus_optimizer groups them): B and one-dimensional tensors learn
/// faster by a ratio, LoRA on embeddings has a rate of its own, the rest keeps the usual one.
/// </summary>
internal static class LoraPlus
{
    /// <summary>The peak learning rate of a tensor.</summary>
    public static double PeakRate(TrainableTensor tensor, OptimizerOptions options) => options.LoraPlusRatio switch
    {
        null => options.LearningRate,
        _ when tensor.Key.Contains(".lora_embedding_", StringComparison.Ordinal) => options.LoraPlusEmbeddingRate,
        { } ratio when IsFast(tensor) => options.LearningRate * ratio,
        _ => options.LearningRate,
    };

    /// <summary>Refuses an adapter that has nothing for the ratio to act on.</summary>
    public static void Require(Adapter adapter, OptimizerOptions options)
    {
        if (options.LoraPlusRatio is not null && !adapter.Trainable.Any(tensor => tensor.Key.Contains(".lora_", StringComparison.Ordinal)))
            throw new PeftException($"loraplus_lr_ratio is for LoRA, and the adapter '{adapter.Name}' is {adapter.Options.PeftType}; leave it out.");
    }

    private static bool IsFast(TrainableTensor tensor) =>
        tensor.Key.Contains("lora_B", StringComparison.Ordinal) || tensor.Value.dim() == 1;
}
