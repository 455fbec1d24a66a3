using PeftSharp.Kernels;
using PeftSharp.Models.Slots;
using static TorchSharp.torch;

namespace PeftSharp.Methods.Lora;

/// <summary>y = E[id] + s · B A[:, id], with A (r, rows), B (width, r).</summary>
internal sealed class LoraEmbedding(Tensor a, Tensor b, double scale) : IEmbeddingTuner, IMergeableTuner
{
    public Tensor Forward(Tensor ids, EmbeddingCall next)
    {
        using var scope = NewDisposeScope();
        Tensor y = next.Next(ids);
        Tensor low = a.index_select(1, ids.reshape(-1)).t();
        Tensor delta = nn.functional.linear(low, b).Times(scale).to(y.dtype).view(y.shape);
        return y.Plus(delta).MoveToOuterDisposeScope();
    }

    public Tensor MergeWeight(Tensor weight)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        return weight.Plus(b.matmul(a).t().Times(scale)).MoveToOuterDisposeScope();
    }
}
