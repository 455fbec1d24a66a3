using PeftSharp.Kernels.Fused;
using static TorchSharp.torch;

namespace PeftSharp.Kernels;

/// <summary>Σ w² of each row w of a frozen weight W, computed when it is first asked for, and lengths that follow from it.</summary>
internal sealed class RowSquares(Tensor weight) : IDisposable
{
    private readonly Lock _making = new();
    private Tensor? _value;

    /// <summary>fp32 (rows), without graph; it stays this object's.</summary>
    public Tensor Value
    {
        get
        {
            lock (_making)
                return _value ??= Compute();
        }
    }

    /// <summary>True if <see cref="NormsWith"/> can read the weight.</summary>
    public bool Takes => LowRank.Takes(weight);

    /// <summary>
    /// ‖w + s b A‖ of each row w of W and b of B, without forming the sum: ‖w‖² + b · (2 s A w + s² A Aᵀ b), of which ‖w‖² never
    /// changes.
    /// </summary>
    /// <param name="a">A, fp32 (r, in).</param>
    /// <param name="b">B, fp32 (out, r).</param>
    /// <param name="scale">s.</param>
    /// <returns>fp32 (out), without graph.</returns>
    public Tensor NormsWith(Tensor a, Tensor b, double scale)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        Tensor along = LowRank.Down(weight, LowRank.Factor(a, transposed: false), mask: null).narrow(1, 0, a.shape[0]);
        Tensor inner = b.matmul(a.matmul(a.t()));
        Tensor change = along.Times(2 * scale).Plus(inner.Times(scale * scale)).mul(b).sum([1]);
        return Value.Plus(change).AtLeastInPlace(0).sqrt().MoveToOuterDisposeScope();
    }

    public void Dispose() => _value?.Dispose();

    private Tensor Compute()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        return weight.to(ScalarType.Float32).Squared().sum([1]).DetachFromDisposeScope();
    }
}
