using static TorchSharp.torch;

namespace PeftSharp.Adapters;

/// <summary>One tensor that training changes.</summary>
/// <param name="Key">Its key in <c>adapter_model.safetensors</c>, such as <c>base_model.model.….q_proj.lora_A.weight</c>.</param>
/// <param name="Value">fp32, a leaf that requires a gradient; owned by the adapter.</param>
public sealed record TrainableTensor(string Key, Tensor Value)
{
    /// <summary>
    /// False for a tensor that an adapter folder does not hold: what is saved is computed from it (a prompt encoder).
    /// Checkpoints of a training run hold it.
    /// </summary>
    public bool IsSaved { get; init; } = true;
}

/// <summary>A tensor that an adapter folder holds and that is computed from trainable ones.</summary>
/// <param name="Key">Its key in <c>adapter_model.safetensors</c>.</param>
/// <param name="Compute">Makes it; without a graph when called without one.</param>
internal sealed record ComputedTensor(string Key, Func<Tensor> Compute);
