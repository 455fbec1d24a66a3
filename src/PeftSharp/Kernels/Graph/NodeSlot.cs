using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace PeftSharp.Kernels.Graph;

/// <summary>
/// What a node of the graph calls. The native side has no room for a pointer of ours, so each node needs entry points of
/// its own; they cost too much to make for every call and are used again once the graph has let a node go.
/// </summary>
internal sealed unsafe class NodeSlot
{
    private static readonly ConcurrentBag<NodeSlot> _free = [];

    // A slot in use is known to the native side alone: without this it would be collected.
    private static readonly ConcurrentBag<NodeSlot> _all = [];

    [ThreadStatic]
    private static Tensor?[]? _handedOver;

    private readonly ApplyCall _apply;
    private readonly DeletedCall _deleted;
    private string? _kernel;
    private int _inputs;
    private nint[] _handles = [];
    private GCHandle _pin;
    private Tensor[] _kept = [];
    private BackwardStep? _backward;

    private NodeSlot()
    {
        // The delegates live as long as the slot, which lives as long as the process.
        (_apply, _deleted) = (RunBackward, Return);
        _all.Add(this);
        (Apply, Deleted) = (Marshal.GetFunctionPointerForDelegate(_apply), Marshal.GetFunctionPointerForDelegate(_deleted));
    }

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate HandleArray ApplyCall(nint* gradients, int count);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate void DeletedCall();

    /// <summary>The entry point of the backward.</summary>
    public nint Apply { get; }

    /// <summary>The entry point that tells that the node is gone.</summary>
    public nint Deleted { get; }

    public static NodeSlot Rent(string? kernel, int inputs, Tensor[] kept, BackwardStep backward)
    {
        if (!_free.TryTake(out NodeSlot? slot))
            slot = new NodeSlot();
        (slot._kernel, slot._kept, slot._backward) = (kernel, kept, backward);
        slot.MakeRoom(inputs);
        return slot;
    }

    /// <summary>
    /// Frees the gradients returned last on this thread: the native side takes references of its own only after the call
    /// has returned.
    /// </summary>
    public static void FreeHandedOver()
    {
        foreach (Tensor? gradient in _handedOver ?? [])
            gradient?.Dispose();
        _handedOver = null;
    }

    private HandleArray RunBackward(nint* gradients, int count)
    {
        FreeHandedOver();
        Tensor?[] results;
        try
        {
            using Tensor gradient = Tensor.UnsafeCreateTensor(gradients[0]);
            results = Run(gradient);
        }
#pragma warning disable CA1031 // An exception must not enter libtorch's engine: the caller of the backward pass throws it again.
        catch (Exception e)
#pragma warning restore CA1031
        {
            GraphNode.Pending ??= e;
            results = new Tensor?[_inputs];
        }
        // Of a backward pass inside this one, which has ended.
        FreeHandedOver();
        _handedOver = results;
        for (int i = 0; i < _inputs; i++)
            _handles[i] = results[i]?.Handle ?? 0;
        return new HandleArray((nint*)_pin.AddrOfPinnedObject(), _inputs);
    }

    private void MakeRoom(int inputs)
    {
        _inputs = inputs;
        if (_handles.Length >= inputs)
            return;
        if (_pin.IsAllocated)
            _pin.Free();
        _handles = new nint[inputs];
        _pin = GCHandle.Alloc(_handles, GCHandleType.Pinned);
    }

    private Tensor?[] Run(Tensor gradient)
    {
        BackwardStep backward = _backward
            ?? throw new InvalidOperationException("This graph has been used by a backward pass; compute the result again.");
        using var scope = NewDisposeScope();
        using var clock = _kernel is null ? default : KernelClock.Measure(_kernel, backward: true);
        Tensor?[] results = backward(gradient);
        foreach (Tensor? result in results)
            result?.DetachFromDisposeScope();
        Empty();
        return results;
    }

    private void Empty()
    {
        foreach (Tensor tensor in _kept)
            tensor.Dispose();
        (_kept, _backward) = ([], null);
    }

    private void Return()
    {
        Empty();
        _free.Add(this);
    }
}
