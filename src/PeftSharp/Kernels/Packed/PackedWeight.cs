using PeftSharp.Tensors;
using static TorchSharp.torch;

namespace PeftSharp.Kernels.Packed;

/// <summary>
/// A frozen weight in oneDNN's own layout, once for the product and once, transposed, for the gradient to its inputs. Each
/// is made when it is first needed. Measured on two cores with AVX-512: 2.3 times the rate of the plain product in fp32,
/// 1.2 times in bf16; without AVX-512 nothing is gained, so nothing is packed.
/// </summary>
internal sealed class PackedWeight(Tensor weight) : IFrozenProduct
{
    // oneDNN's blocks of output columns with AVX-512.
    private const long WholeBlock = 64;

    private readonly Lock _making = new();
    private Tensor? _forward, _backward;
    private bool _refused;

    public bool Takes(Tensor x, bool backward) => PackedLinear.TakesInputs(x, weight) && IsReady(backward);

    public Tensor Product(Tensor x, Tensor? bias) => OneDnnKernels.Linear(x, _forward!, bias);

    public Tensor GradientToInputs(Tensor dy) => OneDnnKernels.Linear(dy, _backward!, null);

    /// <summary>True if the product is packed, or could be now; <paramref name="backward"/> asks for the transpose too.</summary>
    public bool IsReady(bool backward)
    {
        if (_forward is not null && (_backward is not null || !backward))
            return true;
        if (_refused)
            return false;
        lock (_making)
        {
            _forward ??= Make(weight);
            if (backward && _forward is not null && _backward is null)
            {
                using Tensor turned = weight.t();
                _backward = Make(turned);
                // Training reads the packed forms alone from here on.
                if (_backward is not null)
                    MappedPages.LetGo(weight);
            }
            _refused = _forward is null || (backward && _backward is null);
            return !_refused;
        }
    }

    public void Dispose()
    {
        foreach (Tensor? made in (ReadOnlySpan<Tensor?>)[_forward, _backward])
        {
            if (made is null)
                continue;
            made.Dispose();
            PackedMemory.Release(Size);
        }
        (_forward, _backward, _refused) = (null, null, true);
    }

    private long Size => weight.numel() * weight.element_size();

    /// <summary>The packed form, or null where it would not give the product, or there is no memory for it.</summary>
    private Tensor? Make(Tensor from)
    {
        if (from.shape[0] % WholeBlock != 0 || !PackedMemory.TryTake(Size))
            return null;
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        Tensor packed = OneDnnKernels.Pack(from);
        if (IsRight(packed, from))
            return packed.DetachFromDisposeScope();
        PackedMemory.Release(Size);
        return null;
    }

    /// <summary>
    /// Whether oneDNN reads the layout as it wrote it. For widths that are no whole number of blocks it did not (48, 96 and
    /// 100 outputs in fp32), without a word: so every weight is tried once on a few rows before it is used.
    /// </summary>
    private static bool IsRight(Tensor packed, Tensor from)
    {
        // No two inputs alike, and nothing drawn from torch's generator, which decides a run.
        Tensor x = ScalarMath.Range(0, 3 * from.shape[1], from.device).to(ScalarType.Float32).Times(0.7).sin()
            .view(3, from.shape[1]).to(from.dtype);
        Tensor difference = OneDnnKernels.Linear(x, packed, null).sub(x.matmul(from.t())).abs().max();
        Tensor size = from.abs().sum([1]).max();
        // Rounding alone: bf16 results keep 8 bits.
        return difference.to(ScalarType.Float32).item<float>() <= 0.02 * size.to(ScalarType.Float32).item<float>();
    }
}
