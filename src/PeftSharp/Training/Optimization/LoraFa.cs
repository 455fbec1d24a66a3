using PeftSharp.Adapters;
using PeftSharp.Kernels;
using PeftSharp.Methods.Lora;
using static TorchSharp.torch;

namespace PeftSharp.Training;

/// <summary>
/// LoRA-FA (Zhang et al. 2023, arXiv:2308.03303) as HF PEFT's LoraFAOptimizer: A is frozen, and the gradient of B becomes
/// the one whose change of the weight comes nearest to full fine-tuning's, (1 / s²) G (A Aᵀ + δI)⁻¹ with δ = 1e-8.
/// </summary>
internal sealed class LoraFa : IDisposable
{
    private readonly List<(Tensor A, Tensor B, double Scale)> _pairs;
    private readonly Dictionary<int, Tensor> _corrections = [];

    /// <summary>Freezes A of every pair until this is disposed.</summary>
    /// <exception cref="PeftException">The adapter is no plain LoRA on linear layers.</exception>
    public LoraFa(Adapter adapter)
    {
        if (adapter.Options is not LoraOptions { UseDora: false } || adapter.Slots.Embedding.Count > 0)
            throw new PeftException(
                $"optim lorafa is for plain LoRA on linear layers; the adapter '{adapter.Name}' is {adapter.Options.PeftType} with something else (use_dora, an embedding). Use optim adamw.");
        _pairs = [.. adapter.Slots.Linear.Values.SelectMany(chain => chain).OfType<LoraLinear>().Select(lora => (lora.A, lora.B, lora.Scale))];
        foreach ((Tensor a, _, _) in _pairs)
            a.requires_grad = false;
    }

    /// <summary>True for a tensor that stays as it is.</summary>
    public bool Freezes(Tensor value) => _pairs.Any(pair => ReferenceEquals(pair.A, value));

    /// <summary>The gradient to step by.</summary>
    public Tensor Correct(Tensor value, Tensor gradient)
    {
        int place = _pairs.FindIndex(pair => ReferenceEquals(pair.B, value));
        if (place < 0 || gradient.dim() != 2)
            return gradient;
        using var noGrad = no_grad();
        // A stays the same, so its correction does too.
        if (!_corrections.TryGetValue(place, out Tensor? correction))
            _corrections[place] = correction = Correction(_pairs[place].A, _pairs[place].Scale);
        return gradient.matmul(correction);
    }

    public void Dispose()
    {
        foreach ((Tensor a, _, _) in _pairs)
            a.requires_grad = true;
        foreach (Tensor correction in _corrections.Values)
            correction.Dispose();
    }

    private static Tensor Correction(Tensor a, double scale)
    {
        using var scope = NewDisposeScope();
        Tensor gram = a.matmul(a.t()).Plus(eye(a.shape[0], dtype: a.dtype, device: a.device).Times(1e-8));
        return linalg.pinv(gram).DividedBy(scale * scale).DetachFromDisposeScope();
    }
}
