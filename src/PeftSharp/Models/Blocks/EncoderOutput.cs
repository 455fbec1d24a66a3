using static TorchSharp.torch;

namespace PeftSharp.Models.Blocks;

/// <summary>What an encoder gives a decoder; its tensors live in the dispose scope that was open then.</summary>
/// <param name="States">The last hidden states, (batch, rows in front + length, hidden).</param>
/// <param name="Mask">1 for a real row and 0 for padding, (batch, rows in front + length), or null.</param>
internal sealed record EncoderOutput(Tensor States, Tensor? Mask);
