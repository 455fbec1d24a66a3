using PeftSharp.Kernels;
using static TorchSharp.torch;

namespace PeftSharp.Methods.Bottleneck.Phm;

/// <summary>
/// y = x M + b with M = Σᵢ Aᵢ ⊗ Wᵢ of (in, out): M[p·in/n + q, r·out/n + t] = Σᵢ Aᵢ[p, r] Wᵢ[q, t].
/// </summary>
internal sealed class PhmProjection(PhmFactor rule, PhmFactor w, Tensor? bias) : IProjection
{
    public Tensor Forward(Tensor x)
    {
        Tensor a = rule.Value(), b = w.Value();
        (long n, long inner, long outer) = (a.shape[0], b.shape[1], b.shape[2]);
        // Σᵢ as one product of (n·n, n) with (n, in/n · out/n).
        Tensor matrix = a.reshape(n, n * n).t().matmul(b.reshape(n, inner * outer))
            .view(n, n, inner, outer).permute(0, 2, 1, 3).reshape(n * inner, n * outer);
        Tensor y = Products.Matmul(x, matrix.to(x.dtype));
        return bias is null ? y : y.Plus(bias.to(x.dtype));
    }
}

/// <summary>n matrices, (n, rows, columns): trained as they are, or as products of two thin ones.</summary>
internal sealed class PhmFactor(Tensor left, Tensor? right)
{
    public Tensor Value() => right is null ? left : left.bmm(right);
}
