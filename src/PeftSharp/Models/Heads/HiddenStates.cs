using static TorchSharp.torch;

namespace PeftSharp.Models.Heads;

/// <summary>No head: the last hidden states themselves.</summary>
internal sealed class HiddenStates : ITaskHead
{
    public Tensor Logits(Tensor hidden, ModelInput input, Pass pass) => hidden.alias();

    public LossSum Loss(Tensor hidden, ModelInput input, Targets targets, Pass pass) =>
        throw new PeftException("FEATURE_EXTRACTION has no loss of its own; compute one from the hidden states.");
}
