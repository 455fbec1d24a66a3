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
        Tensor low = A.index_select(1, ids.reshape(-1)).t();
        Tensor delta = nn.functional.linear(low, B).Times(Scale).to(y.dtype).view(y.shape);
        return y.Plus(delta).MoveToOuterDisposeScope();
    }

    public Tensor MergeWeight(Tensor weight)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        return weight.Plus(B.matmul(A).t().Times(Scale)).MoveToOuterDisposeScope();
    }
}
