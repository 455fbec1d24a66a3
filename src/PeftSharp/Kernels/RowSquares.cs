using static TorchSharp.torch;

namespace PeftSharp.Kernels;

/// <summary>Σ w² of each row of a frozen weight, computed when it is first asked for.</summary>
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

    public void Dispose() => _value?.Dispose();

    private Tensor Compute()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        return weight.to(ScalarType.Float32).square().sum([1]).DetachFromDisposeScope();
    }
}
