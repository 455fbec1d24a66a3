using PeftSharp.Models.Slots;
using static TorchSharp.torch;

namespace PeftSharp.Adapters.Composing;

/// <summary>a₀ = h; aᵢ = Adaptᵢ(aᵢ₋₁, x); the last one closes.</summary>
internal sealed class SubLayerStack : ISubLayerTuner
{
    private readonly IReadOnlyList<ISubLayerTuner> _tuners;

    private SubLayerStack(IReadOnlyList<ISubLayerTuner> tuners) => _tuners = tuners;

    /// <summary>The tuners one after another; a single one is itself.</summary>
    public static ISubLayerTuner Of(IReadOnlyList<ISubLayerTuner> tuners) => tuners.Count == 1 ? tuners[0] : new SubLayerStack(tuners);

    public bool TreatsPositionsApart => _tuners.All(tuner => tuner.TreatsPositionsApart);

    public bool ChangesByUse => _tuners.Any(tuner => tuner.ChangesByUse);

    public Tensor Adapt(Tensor hidden, Tensor residual, in SubLayerCall call)
    {
        foreach (ISubLayerTuner tuner in _tuners)
            hidden = tuner.Adapt(hidden, residual, call);
        return hidden;
    }

    public Tensor Close(Tensor adapted, Tensor residual, in SubLayerCall call) => _tuners[^1].Close(adapted, residual, call);
}
