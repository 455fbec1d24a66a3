using static TorchSharp.torch;

namespace PeftSharp.Models.Heads;

/// <summary>What a task makes of the last hidden states: logits, and a loss against labels.</summary>
internal interface ITaskHead
{
    /// <summary>True where <see cref="Logits"/> reads the hidden states of virtual tokens in front of the batch's tokens too.</summary>
    bool ReadsVirtualTokens => false;

    /// <summary>
    /// The positions whose hidden states are read, as int64 numbers into (batch · (front + length)): the last layer need
    /// not compute the others. Null for all of them.
    /// </summary>
    /// <param name="input">The batch.</param>
    /// <param name="targets">Those of <see cref="Loss"/>; null for <see cref="Logits"/>.</param>
    /// <param name="front">How many rows of virtual tokens stand in front of each sequence.</param>
    Tensor? Reads(ModelInput input, Targets? targets, long front) => null;

    /// <summary>The task's output for hidden states (batch, length, hidden): of the tokens, with those of virtual tokens in front if it reads them.</summary>
    Tensor Logits(Tensor hidden, ModelInput input, Pass pass);

    /// <summary>
    /// The loss summed over the labels that count, and how many there were. The hidden states are those of virtual tokens,
    /// if there are any, and of the tokens.
    /// </summary>
    /// <exception cref="PeftException">The labels are not those of the task, or one is out of range.</exception>
    LossSum Loss(Tensor hidden, ModelInput input, Targets targets, Pass pass);
}
