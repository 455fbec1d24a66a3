using System.Runtime.InteropServices;
using PeftSharp.Data;
using PeftSharp.Models;
using static TorchSharp.torch;

namespace PeftSharp.Training;

/// <summary>One batch after the backbone: what scores and predictions are made of. Tensors live in the batch's dispose scope.</summary>
/// <param name="Model">The base.</param>
/// <param name="Pass">The active tuners.</param>
/// <param name="Padded">The rows.</param>
/// <param name="Input">The rows as tensors.</param>
/// <param name="Hidden">The last hidden states that the head reads, (rows, width, hidden); more where it reads those of virtual tokens.</param>
internal sealed record EvaluationBatch(BaseModel Model, Pass Pass, PaddedBatch Padded, ModelInput Input, Tensor Hidden)
{
    /// <summary>The task's output, fp32.</summary>
    public Tensor Logits() => Model.Logits(Hidden, Input, Pass).to(ScalarType.Float32);

    /// <summary>The values of an fp32 tensor, row-major.</summary>
    public static float[] Floats(Tensor tensor)
    {
        using Tensor cpu = tensor.to(ScalarType.Float32).cpu().contiguous();
        return MemoryMarshal.Cast<byte, float>(cpu.bytes).ToArray();
    }

    /// <summary>The values of an int64 tensor, row-major.</summary>
    public static long[] Integers(Tensor tensor)
    {
        using Tensor cpu = tensor.cpu().contiguous();
        return MemoryMarshal.Cast<byte, long>(cpu.bytes).ToArray();
    }
}
