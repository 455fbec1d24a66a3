using PeftSharp.Kernels;
using static TorchSharp.torch;

namespace PeftSharp.Models.Blocks;

/// <summary>
/// Which row of a table stands for the distance of a query from a key (DeBERTa): near ones have a row each; with buckets far
/// ones share rows whose reach grows with the logarithm of the distance.
/// </summary>
/// <param name="Span">The rows for queries behind their keys; so many stand before them for the others.</param>
/// <param name="Farthest">The distance of the last bucket; null where every distance up to the span has a row of its own.</param>
internal sealed record RelativeDistances(int Span, int? Farthest)
{
    /// <summary>The rows, int64 (queries, keys).</summary>
    /// <param name="queries">The number of queries: the last ones of the keys.</param>
    /// <param name="keys">The number of keys.</param>
    /// <param name="device">Where the result lies.</param>
    public Tensor Rows(long queries, long keys, Device device)
    {
        using var scope = NewDisposeScope();
        Tensor all = ScalarMath.Range(1 - queries, keys, device);
        Tensor rows = (Farthest is { } farthest ? Buckets(all, farthest) : all).Plus(Span).Between(0, 2L * Span - 1);
        // Every diagonal is one distance.
        Tensor place = ScalarMath.Range(keys - 1, keys - 1 + queries, device).unsqueeze(-1).sub(ScalarMath.Range(0, keys, device));
        return rows.index_select(0, place.reshape(-1)).view(queries, keys).MoveToOuterDisposeScope();
    }

    /// <summary>In fp32 throughout, as the reference: where a bucket ends depends on the rounding.</summary>
    private Tensor Buckets(Tensor distances, int farthest)
    {
        int middle = Span / 2;
        Tensor size = distances.abs();
        Tensor far = where(size.Below(middle), ScalarMath.Repeated(middle - 1, 1, distances.device), size);
        Tensor scale = tensor((float)((farthest - 1) / (double)middle), device: distances.device).log();
        Tensor bucket = far.to(ScalarType.Float32).DividedBy(middle).log().div(scale).Times(middle - 1).ceil().Plus(middle);
        return where(far.NotAbove(middle), distances, bucket.to(ScalarType.Int64).mul(distances.sign()));
    }
}
