using PeftSharp.Kernels;
using PeftSharp.Models.Slots;
using static TorchSharp.torch;

namespace PeftSharp.Methods.Lora;

/// <summary>
/// DoRA of a table (rows, width): each of its columns keeps a trained length m and takes its direction from E + s (B A)ᵀ:
/// y = (m / ‖E + s (B A)ᵀ‖) · (E[id] + s · B A[:, id]), the norm of each column a constant in the backward pass.
/// </summary>
internal sealed class DoraEmbedding(LoraEmbedding lora, Tensor magnitude) : IEmbeddingTuner, IMergeableTuner
{
    public Tensor Forward(Tensor ids, EmbeddingCall next)
    {
        using var scope = NewDisposeScope();
        Tensor y = next.Next(ids);
        Tensor scale = magnitude.div(Norms(next)).to(y.dtype);
        return y.Plus(lora.Delta(ids, next, y)).mul(scale).MoveToOuterDisposeScope();
    }

    public Tensor MergeWeight(Tensor weight)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        Tensor turned = lora.MergeWeight(weight);
        return turned.mul(magnitude.div(ColumnNorms(turned))).MoveToOuterDisposeScope();
    }

    /// <summary>The length of each column of a table (rows, width): (width).</summary>
    public static Tensor ColumnNorms(Tensor table) => table.Squared().sum([0]).sqrt();

    private Tensor Norms(EmbeddingCall next)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        return ColumnNorms(lora.MergeWeight(next.Pass.Get(next.Node.Weight).AtLeastFloat32())).MoveToOuterDisposeScope();
    }
}
