using PeftSharp.Kernels;
using static TorchSharp.torch;

namespace PeftSharp.Inference.Embedding;

/// <summary>From the states of tokens to one vector a text, as sentence-transformers does it.</summary>
internal static class Pooling
{
    /// <summary>(batch, length, hidden) → (batch, hidden · modes), fp32.</summary>
    /// <param name="hidden">The last hidden states.</param>
    /// <param name="mask">1 for a token and 0 for padding on either side, int64 (batch, length); null where nothing is padding.</param>
    /// <param name="modes">How tokens are pooled.</param>
    /// <param name="skipped">So many tokens at the start of each text take no part: those of a prompt.</param>
    public static Tensor Forward(Tensor hidden, Tensor? mask, IReadOnlyList<PoolingMode> modes, int skipped = 0)
    {
        using var scope = NewDisposeScope();
        Tensor states = hidden.to(ScalarType.Float32);
        Tensor real = (mask ?? ones(hidden.shape[..2], dtype: ScalarType.Int64, device: hidden.device)).to(ScalarType.Float32);
        // 1, 2, … for the tokens of a text, wherever its padding is.
        Tensor places = real.cumsum(1);
        Tensor pooled = skipped > 0 ? real.mul(places.NotBelow(skipped + 1)) : real;
        Tensor[] parts = [.. modes.Select(mode => Pool(states, pooled, places, mode))];
        return (parts.Length == 1 ? parts[0] : cat(parts, 1)).MoveToOuterDisposeScope();
    }

    private static Tensor Pool(Tensor states, Tensor mask, Tensor places, PoolingMode mode)
    {
        switch (mode)
        {
            case PoolingMode.FirstToken:
                return At(states, mask.argmax(1));
            case PoolingMode.LastToken:
                return At(states, mask.mul(ScalarMath.Range(0, mask.shape[1], mask.device)).argmax(1));
            case PoolingMode.Max:
                return states.Masked(mask.EqualTo(0).unsqueeze(-1), -1e9).amax([1]);
            case PoolingMode.WeightedMean:
                return Mean(states, mask.mul(places), count => count);
            case PoolingMode.MeanSqrtLength:
                return Mean(states, mask, count => count.sqrt());
            default:
                return Mean(states, mask, count => count);
        }
    }

    /// <summary>The state of one place of each row.</summary>
    private static Tensor At(Tensor states, Tensor places) => states.gather(1, places.view(-1, 1, 1).expand(-1, 1, states.shape[2])).squeeze(1);

    /// <summary>Σ weight · state / divisor(Σ weight).</summary>
    private static Tensor Mean(Tensor states, Tensor weights, Func<Tensor, Tensor> divisor)
    {
        Tensor sum = weights.unsqueeze(1).matmul(states).squeeze(1);
        return sum.div(divisor(weights.sum(1, keepdim: true).AtLeastInPlace(1e-9)));
    }
}
