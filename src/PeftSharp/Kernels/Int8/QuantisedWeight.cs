using PeftSharp.Kernels.Fused;
using PeftSharp.Kernels.Packed;
using static TorchSharp.torch;

namespace PeftSharp.Kernels.Int8;

/// <summary>
/// A frozen weight as int8, W ≈ diag(s) Q with a scale for each output. With r and t the scales of quantised rows:
/// y = r (⌊x/r⌉ Qᵀ) s + b, where columns of x with outliers are multiplied with W itself; dx = t (⌊(dy ∘ s)/t⌉ Q): with s in
/// the gradient the same Q serves both ways. Q is packed for each direction when it is first needed.
/// </summary>
internal sealed class QuantisedWeight(Tensor weight) : IFrozenProduct
{
    private readonly Lock _making = new();
    private Int8Matrix? _forward, _backward;
    private Tensor? _scales;
    private bool _disposed;

    /// <summary>True for whatever lies on the CPU in the dtype of the weight; makes ready what is needed.</summary>
    /// <exception cref="PeftException">There is no memory for it.</exception>
    public bool Takes(Tensor x, bool backward)
    {
        if (!FusedKernels.Take(x) || x.dtype != weight.dtype)
            return false;
        MakeReady(backward);
        return true;
    }

    public Tensor Product(Tensor x, Tensor? bias)
    {
        using var scope = NewDisposeScope();
        Tensor rows = x.contiguous();
        byte[] flags = new byte[x.shape[1]];
        QuantisedRows quantised = RowQuantiser.Run(rows, null, ScalarType.Byte, flags);
        long[] outliers = OutlierColumns.Of(flags);
        if (outliers.Length > 0)
            quantised = RowQuantiser.Run(rows, OutlierColumns.Others(outliers, flags.Length), ScalarType.Byte);
        Tensor y = _forward!.Multiply(quantised.Values, x.dtype);
        RowScales.Apply(y, quantised.Scales, bias?.contiguous());
        if (outliers.Length > 0)
            OutlierColumns.AddProduct(y, rows, weight, outliers);
        return y.MoveToOuterDisposeScope();
    }

    public Tensor GradientToInputs(Tensor dy)
    {
        using var scope = NewDisposeScope();
        QuantisedRows quantised = RowQuantiser.Run(dy.contiguous(), _scales, ScalarType.Byte);
        Tensor dx = _backward!.Multiply(quantised.Values, dy.dtype);
        RowScales.Apply(dx, quantised.Scales, null);
        return dx.MoveToOuterDisposeScope();
    }

    /// <summary>Quantises and packs what is not yet.</summary>
    public void MakeReady(bool backward)
    {
        if (_forward is not null && (_backward is not null || !backward))
            return;
        lock (_making)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            using var scope = NewDisposeScope();
            using var noGrad = no_grad();
            QuantisedRows rows = RowQuantiser.Run(weight.contiguous(), null, ScalarType.Int8);
            _scales ??= rows.Scales.clone().DetachFromDisposeScope();
            _forward ??= Int8Matrix.Of(rows.Values, rows.Scales);
            if (backward)
                _backward ??= Int8Matrix.Of(rows.Values.t(), ones(1));
        }
    }

    public void Dispose()
    {
        foreach (IDisposable? made in (ReadOnlySpan<IDisposable?>)[_forward, _backward, _scales])
            made?.Dispose();
        (_forward, _backward, _scales, _disposed) = (null, null, null, true);
    }
}
