using PeftSharp.Kernels;
using PeftSharp.Models.Slots;
using static TorchSharp.torch;

namespace PeftSharp.Methods.Reft;

/// <summary>
/// Changes the first p and the last s tokens of each row, padding at either end left aside; where both are the same token,
/// the last ones' unit has it. Positions are the prompt's: tokens that decoding adds stay as they are.
/// </summary>
internal sealed class ReftTuner(ReftOptions options, ReftUnit first, ReftUnit last) : IStreamTuner
{
    public Tensor Forward(Tensor hidden, in StreamCall call)
    {
        if (call.Past > 0)
            return hidden;
        (long batch, long length) = (hidden.shape[0], hidden.shape[1]);
        // For each row the first token and the one behind the last.
        Tensor start, end;
        if (call.AttentionMask is { } mask)
        {
            Tensor real = mask.NotEqualTo(0).to(ScalarType.Int64);
            Tensor order = ScalarMath.Range(1, length + 1, hidden.device);
            end = real.mul(order).amax([1], keepdim: true);
            start = real.mul(order.flip(0)).amax([1], keepdim: true).neg().Plus(length);
        }
        else
        {
            start = ScalarMath.Repeated(0, batch, hidden.device).unsqueeze(1);
            end = ScalarMath.Repeated(length, batch, hidden.device).unsqueeze(1);
        }
        long prefix = Math.Min(options.PrefixPositions, length), suffix = Math.Min(options.SuffixPositions, length);
        Tensor lastStart = end.Plus(-suffix);
        Tensor changed = hidden;
        // A unit without a position is computed all the same, over none: it gets a gradient, which is zero.
        if (prefix > 0 || !options.TiedWeights)
        {
            Tensor at = start.Plus(ScalarMath.Range(0, prefix, hidden.device));
            Tensor valid = at.Below(length);
            if (suffix > 0)
                valid = valid.logical_and(at.ge(lastStart).logical_and(at.lt(end)).logical_not());
            changed = changed.Plus(Changes(first, hidden, at, valid, call));
        }
        if (suffix > 0 || !options.TiedWeights)
        {
            Tensor at = lastStart.Plus(ScalarMath.Range(0, suffix, hidden.device));
            changed = changed.Plus(Changes(last, hidden, at, at.NotBelow(0), call));
        }
        return changed;
    }

    /// <summary>The changes of the states at some positions, 0 elsewhere.</summary>
    private static Tensor Changes(ReftUnit unit, Tensor hidden, Tensor at, Tensor valid, in StreamCall call)
    {
        long width = hidden.shape[2];
        Tensor index = at.Between(0, hidden.shape[1] - 1).unsqueeze(-1).expand(at.shape[0], at.shape[1], width);
        Tensor change = unit.Change(hidden.gather(1, index), call.Pass).mul(valid.unsqueeze(-1).to(hidden.dtype));
        return zeros_like(hidden).scatter_add(1, index, change);
    }
}
