using System.Runtime.InteropServices;
using PeftSharp.Tensors.Native;
using static TorchSharp.torch;

namespace PeftSharp.Kernels.Graph;

/// <summary>
/// The functions of TorchSharp's library that put a node with a managed backward into libtorch's graph. TorchSharp's own
/// class over them keeps, for every node, an empty tensor of its output's size and all that was saved until the whole graph
/// dies: as much memory again as the activations themselves.
/// </summary>
internal static unsafe class NativeNode
{
    private static readonly Lazy<Exports> _exports = new(() => new Exports());

    /// <summary>A node whose backward is <paramref name="apply"/>; <paramref name="deleted"/> is called when the graph lets it go.</summary>
    public static NodePointers Create(nint apply, nint deleted)
    {
        NodePointers node = ((delegate* unmanaged<nint, nint, NodePointers>)_exports.Value.Create)(apply, deleted);
        Check();
        return node;
    }

    /// <summary>Connects a node to those of its inputs.</summary>
    public static void SetInputs(NodePointers node, ReadOnlySpan<nint> inputs)
    {
        fixed (nint* first = inputs)
            ((delegate* unmanaged<NodePointers, HandleArray, byte, void>)_exports.Value.SetNextEdges)(node, new(first, inputs.Length), 1);
        Check();
    }

    /// <summary>Makes a tensor the node's output.</summary>
    /// <returns>A handle to the same values, with the node as its history.</returns>
    public static nint SetOutput(NodePointers node, ReadOnlySpan<nint> inputs, nint output)
    {
        nint* room = stackalloc nint[1];
        _room = (nint)room;
        nint none = 0;
        fixed (nint* first = inputs)
        {
            HandleArray empty = new(&none, 0);
            ((delegate* unmanaged<HandleArray, HandleArray, HandleArray, HandleArray, NodePointers, nint, void>)_exports.Value.WrapOutputs)(
                new(first, inputs.Length), empty, empty, new(&output, 1), node, (nint)(delegate* unmanaged<nuint, nint>)&Room);
        }
        Check();
        return room[0];
    }

    /// <summary>Lets go of our share of a node: from now on the graph alone keeps it.</summary>
    public static void Release(NodePointers node)
    {
        ((delegate* unmanaged<NodePointers, void>)_exports.Value.DisposeShared)(node);
        ((delegate* unmanaged<NodePointers, void>)_exports.Value.DisposeWeak)(node);
        Check();
    }

    [ThreadStatic]
    private static nint _room;

    [UnmanagedCallersOnly]
    private static nint Room(nuint count) => _room;

    private static void Check()
    {
        nint message = ((delegate* unmanaged<nint>)_exports.Value.LastError)();
        if (message != 0)
            throw new InvalidOperationException($"libtorch: {Marshal.PtrToStringUTF8(message)}");
    }

    private sealed class Exports
    {
        public Exports()
        {
            NativeLoader.EnsureLoaded();
            nint library = NativeLibrary.Load("LibTorchSharp", typeof(Tensor).Assembly, null);
            Create = NativeLibrary.GetExport(library, "THSAutograd_CSharpNode_ctor");
            SetNextEdges = NativeLibrary.GetExport(library, "THSAutograd_CSharpNode_setNextEdges");
            WrapOutputs = NativeLibrary.GetExport(library, "THSAutograd_Function_wrapOutputs");
            DisposeShared = NativeLibrary.GetExport(library, "THSAutograd_CSharpNode_disposeSharedPtr");
            DisposeWeak = NativeLibrary.GetExport(library, "THSAutograd_CSharpNode_disposeWeakPtr");
            LastError = NativeLibrary.GetExport(library, "THSTorch_get_and_reset_last_err");
        }

        public nint Create { get; }

        public nint SetNextEdges { get; }

        public nint WrapOutputs { get; }

        public nint DisposeShared { get; }

        public nint DisposeWeak { get; }

        public nint LastError { get; }
    }
}

/// <summary>The strong and the weak reference to a node.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct NodePointers(nint Shared, nint Weak);

/// <summary>Tensor handles and their number, as the native side passes them.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly unsafe struct HandleArray(nint* first, long count)
{
    public readonly nint* First = first;
    public readonly long Count = count;
}
