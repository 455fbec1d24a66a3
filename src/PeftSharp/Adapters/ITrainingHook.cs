using PeftSharp.Tensors;
using static TorchSharp.torch;

namespace PeftSharp.Adapters;

/// <summary>
/// What a method does while its adapter trains, beside having gradients. The trainer calls it; a loop of one's own that
/// leaves it out trains the adapter without it.
/// </summary>
internal interface ITrainingHook
{
    /// <summary>A run of so many optimizer steps begins; what an earlier run left is forgotten.</summary>
    /// <returns>A warning, or null.</returns>
    /// <exception cref="PeftException">The method's schedule does not fit into the run.</exception>
    string? Begin(long totalSteps) => null;

    /// <summary>A step begins; none of its forward passes has read the trained tensors.</summary>
    void BeforeStep()
    {
    }

    /// <summary>What is added to the mean loss of each step, a scalar with its graph; null for nothing.</summary>
    Tensor? Penalty() => null;

    /// <summary>An optimizer step was taken; its gradients are still there.</summary>
    /// <param name="step">The step, from 0.</param>
    void AfterStep(long step)
    {
    }

    /// <summary>The last step was taken.</summary>
    void End()
    {
    }

    /// <summary>The options to save now.</summary>
    PeftOptions Stored(PeftOptions options) => options;

    /// <summary>A trainable tensor as it is saved now; it belongs to the adapter or to the current dispose scope.</summary>
    Tensor Stored(TrainableTensor tensor) => tensor.Value;

    /// <summary>What a checkpoint needs beside the adapter's own tensors to go on; empty if nothing.</summary>
    IReadOnlyList<(string Name, Tensor Value)> State() => [];

    /// <summary>Takes back what <see cref="State"/> gave.</summary>
    void Restore(SafetensorsFile state)
    {
    }
}
