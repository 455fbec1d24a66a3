using PeftSharp.Kernels;
using PeftSharp.Models.Slots;
using static TorchSharp.torch;

namespace PeftSharp.Methods.Lora;

/// <summary>y = E[id] + s · B A[:, id], with A (r, rows), B (width, r).</summary>
internal sealed class LoraEmbedding(Tensor a, Tensor b, double scale) : IEmbeddingTuner, IMergeableTuner
{
    public Tensor A { get; } = a;

    public Tensor B { get; } = b;

    public double Scale { get; } = scale;

    public Tensor Forward(Tensor ids, EmbeddingCall next)
    {
        using var scope = NewDisposeScope();
        Tensor y = next.Next(ids);
        return y.Plus(Delta(ids, next, y)).MoveToOuterDisposeScope();
    }

    /// <summary>s · B A[:, id], in the shape and dtype of y.</summary>
    public Tensor Delta(Tensor ids, EmbeddingCall next, Tensor y)
    {
        Tensor flat = ids.reshape(-1);
        Tensor low = A.index_select(1, flat).t();
        // As the table's own row of the padding token, A's gets no gradient.
        if (next.Node.PaddingIndex is { } padding && low.requires_grad)
            low = where(flat.EqualTo(padding).unsqueeze(-1), low.detach(), low);
        return nn.functional.linear(low, B).Times(Scale).to(y.dtype).view(y.shape);
    }

    public Tensor MergeWeight(Tensor weight)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        return weight.Plus(B.matmul(A).t().Times(Scale)).MoveToOuterDisposeScope();
    }
}
