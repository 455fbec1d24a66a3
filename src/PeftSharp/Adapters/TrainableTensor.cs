using static TorchSharp.torch;

namespace PeftSharp.Adapters;

/// <summary>One tensor that training changes.</summary>
/// <param name="Key">Its key in <c>adapter_model.safetensors</c>, such as <c>base_model.model.….q_proj.lora_A.weight</c>.</param>
/// <param name="Value">fp32, a leaf that requires a gradient; owned by the adapter.</param>
public sealed record TrainableTensor(string Key, Tensor Value);
