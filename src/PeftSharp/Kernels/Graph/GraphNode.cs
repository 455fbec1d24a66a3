using System.Runtime.ExceptionServices;
using static TorchSharp.torch;

namespace PeftSharp.Kernels.Graph;

/// <summary>The backward of one call: from the gradient of the output to those of the inputs.</summary>
/// <param name="gradient">dy; owned by the caller.</param>
/// <returns>One for each input; null for one that needs none.</returns>
internal delegate Tensor?[] BackwardStep(Tensor gradient);

/// <summary>
/// A place in libtorch's graph with a backward of our own. What it keeps is freed as soon as its backward has run, as
/// libtorch's own nodes do it; a graph is therefore good for one backward.
/// </summary>
internal static class GraphNode
{
    /// <summary>True if a result needs a graph to <paramref name="x"/>.</summary>
    public static bool IsNeeded(Tensor x) => x.requires_grad && is_grad_enabled();

    /// <summary>The values of a tensor, for the backward: without its graph, and alive until that backward has run.</summary>
    public static Tensor Keep(Tensor x)
    {
        Tensor kept = x.detach().DetachFromDisposeScope();
        // The native call has x's address alone: a tensor that nothing uses later could be finalized during it.
        GC.KeepAlive(x);
        return kept;
    }

    /// <summary>Gives a result, computed without graph, its place in the graph.</summary>
    /// <param name="kernel">Its name in measurements; null where what it calls is measured.</param>
    /// <param name="output">The result; replaced by the tensor that is returned.</param>
    /// <param name="inputs">The tensors that gradients go to; those that require none may stand among them.</param>
    /// <param name="kept">What the backward needs, from <see cref="Keep"/>; freed after it.</param>
    /// <param name="backward">The backward.</param>
    public static Tensor Attach(string? kernel, Tensor output, ReadOnlySpan<Tensor> inputs, Tensor[] kept, BackwardStep backward)
    {
        ThrowPending();
        Span<nint> handles = stackalloc nint[inputs.Length];
        for (int i = 0; i < inputs.Length; i++)
            handles[i] = inputs[i].Handle;
        NodeSlot slot = NodeSlot.Rent(kernel, inputs.Length, kept, backward);
        NodePointers node = NativeNode.Create(slot.Apply, slot.Deleted);
        NativeNode.SetInputs(node, handles);
        Tensor attached = Tensor.UnsafeCreateTensor(NativeNode.SetOutput(node, handles, output.Handle));
        NativeNode.Release(node);
        foreach (Tensor input in inputs)
            GC.KeepAlive(input);
        output.Dispose();
        return attached;
    }

    /// <summary>Ends a backward pass: frees the gradients that were handed over last, and throws what failed in it.</summary>
    public static void EndBackward()
    {
        NodeSlot.FreeHandedOver();
        ThrowPending();
    }

    /// <summary>An exception cannot pass through libtorch's engine; it waits here for the caller.</summary>
    [field: ThreadStatic]
    internal static Exception? Pending { get; set; }

    private static void ThrowPending()
    {
        if (Pending is not { } failure)
            return;
        Pending = null;
        ExceptionDispatchInfo.Throw(failure);
    }
}
