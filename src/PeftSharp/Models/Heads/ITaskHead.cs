using static TorchSharp.torch;

namespace PeftSharp.Models.Heads;

/// <summary>What a task makes of the last hidden states: logits, and a loss against labels.</summary>
internal interface ITaskHead
{
    /// <summary>The task's output for hidden states (batch, length, hidden).</summary>
    Tensor Logits(Tensor hidden, ModelInput input, Pass pass);

    /// <summary>The loss summed over the labels that count, and how many there were.</summary>
    /// <exception cref="PeftException">The labels are not those of the task, or one is out of range.</exception>
    LossSum Loss(Tensor hidden, ModelInput input, Targets targets, Pass pass);
}
