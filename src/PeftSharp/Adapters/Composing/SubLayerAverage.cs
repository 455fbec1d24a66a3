using PeftSharp.Kernels;
using PeftSharp.Models.Slots;
using static TorchSharp.torch;

namespace PeftSharp.Adapters.Composing;

/// <summary>a = Σ wᵢ Adaptᵢ(h, x); the last one closes. Null stands for an adapter that has nothing here: it gives h.</summary>
internal sealed class SubLayerAverage(IReadOnlyList<ISubLayerTuner?> tuners, IReadOnlyList<double> weights) : ISubLayerTuner
{
    public bool TreatsPositionsApart => tuners.All(tuner => tuner is null || tuner.TreatsPositionsApart);

    public bool ChangesByUse => tuners.Any(tuner => tuner is { ChangesByUse: true });

    public Tensor Adapt(Tensor hidden, Tensor residual, in SubLayerCall call)
    {
        Tensor? sum = null;
        for (int i = 0; i < tuners.Count; i++)
        {
            Tensor part = (tuners[i]?.Adapt(hidden, residual, call) ?? hidden).Times(weights[i]);
            sum = sum is null ? part : sum.Plus(part);
        }
        return sum!;
    }

    public Tensor Close(Tensor adapted, Tensor residual, in SubLayerCall call) =>
        tuners.Last(tuner => tuner is not null)!.Close(adapted, residual, call);
}
