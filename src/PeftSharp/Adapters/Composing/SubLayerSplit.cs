using PeftSharp.Models.Slots;
using static TorchSharp.torch;

namespace PeftSharp.Adapters.Composing;

/// <summary>
/// Each tuner adapts its own slice of the positions; the last one closes. Null stands for an adapter that has nothing here.
/// </summary>
internal sealed class SubLayerSplit(IReadOnlyList<ISubLayerTuner?> tuners, IReadOnlyList<int> sizes) : ISubLayerTuner
{
    public Tensor Adapt(Tensor hidden, Tensor residual, in SubLayerCall call)
    {
        if (sizes.Sum() != hidden.shape[1])
            throw new PeftException(
                $"Split gives its adapters {string.Join(" + ", sizes)} positions and the sequences have {hidden.shape[1]}; the sizes must add up to the length.");
        Tensor[] parts = new Tensor[tuners.Count];
        long at = 0;
        for (int i = 0; i < tuners.Count; i++)
        {
            Tensor own = hidden.narrow(1, at, sizes[i]);
            parts[i] = tuners[i]?.Adapt(own, residual.narrow(1, at, sizes[i]), call) ?? own;
            at += sizes[i];
        }
        return cat(parts, 1);
    }

    public Tensor Close(Tensor adapted, Tensor residual, in SubLayerCall call) =>
        tuners.Last(tuner => tuner is not null)!.Close(adapted, residual, call);
}
