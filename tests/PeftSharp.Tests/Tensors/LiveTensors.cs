using PeftSharp.Kernels.Graph;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Tensors;

/// <summary>The count that a leak test starts from.</summary>
internal static class LiveTensors
{
    /// <summary>The live tensors once what earlier tests left to the collector is gone: nothing but the test changes the count from here.</summary>
    public static long Settled()
    {
        GraphNode.EndBackward();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return Tensor.TotalCount;
    }
}
