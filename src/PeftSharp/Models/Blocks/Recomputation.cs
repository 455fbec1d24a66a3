using PeftSharp.Kernels;
using PeftSharp.Kernels.Graph;
using static TorchSharp.torch;

namespace PeftSharp.Models.Blocks;

/// <summary>
/// Gradient checkpointing (Chen et al. 2016, arXiv:1604.06174): of a layer, only its input is kept for the backward, which
/// computes the layer again. The backward is one inside the other: gradients of what is trained in the layer go straight to
/// their tensors, those of its inputs back into the outer graph.
/// </summary>
internal static class Recomputation
{
    /// <summary>The layer's output; where the pass asks for it, its graph is a single place.</summary>
    public static Tensor Forward(Layer layer, Tensor x, in AttentionContext context, int number, Pass pass, ReadPositions read)
    {
        if (!pass.GradientCheckpointing || !is_grad_enabled() || context.Cache is not null)
            return layer.Forward(x, context, number, pass, read);
        AttentionContext whole = context;
        LayerReplay replay = new();
        Pass replayed = pass.With(replay);
        return Run(
            [x, read.Rows, .. context.TensorsOf(number)], replay,
            inputs => layer.Forward(inputs[0]!, whole.With(number, inputs.AsSpan(2)), number, replayed, read.With(inputs[1])));
    }

    /// <param name="inputs">Every tensor that the layer reads and that ends with the forward call.</param>
    /// <param name="replay">What else the layer reads.</param>
    /// <param name="compute">The layer, for these inputs or copies of them.</param>
    private static Tensor Run(Tensor?[] inputs, LayerReplay replay, Func<Tensor?[], Tensor> compute)
    {
        using var scope = NewDisposeScope();
        int[] wanted = [.. Enumerable.Range(0, inputs.Length).Where(i => inputs[i] is { requires_grad: true })];
        Tensor state = Draws.State();
        // With a graph, though it is dropped: it says whether anything is trained here, and some kernels round otherwise without.
        KernelClock.GraphIsDropped = true;
        Tensor output;
        try
        {
            output = compute(inputs);
        }
        finally
        {
            KernelClock.GraphIsDropped = false;
        }
        if (!output.requires_grad)
            return output.MoveToOuterDisposeScope();
        output = output.detach();
        // The graph comes to a place only through an input that wants a gradient.
        Tensor[] sources = wanted.Length == 0 ? [zeros(1).requires_grad_()] : [.. wanted.Select(i => inputs[i]!)];
        Tensor?[] kept = [.. inputs.Select(input => input is null ? null : GraphNode.Keep(input))];
        Tensor[] owned = [.. kept.OfType<Tensor>(), state.DetachFromDisposeScope()];
        // No name: the kernels inside are measured one by one.
        return GraphNode.Attach(kernel: null, output, sources, owned, gradient =>
        {
            foreach (int i in wanted)
                kept[i]!.requires_grad_();
            replay.Rewind();
            Tensor again;
            using (Draws.Again(state))
            using (enable_grad())
                again = compute(kept);
            again.backward([gradient]);
            GraphNode.EndBackward();
            return wanted.Length == 0 ? [null] : [.. wanted.Select(i => kept[i]!.grad)];
        }).MoveToOuterDisposeScope();
    }
}
