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
    /// <summary>The rows for a sequence of which one stands behind the other, int64 (query, key).</summary>
    public Tensor Rows(long length, Device device)
    {
        using var scope = NewDisposeScope();
        Tensor rows = Rows(ScalarMath.Range(1 - length, length, device));
        // Every diagonal is one distance.
        Tensor place = ScalarMath.Range(length - 1, 2 * length - 1, device).unsqueeze(-1).sub(ScalarMath.Range(0, length, device));
        return rows.index_select(0, place.reshape(-1)).view(length, length).MoveToOuterDisposeScope();
    }

    /// <summary>The rows of distances, query less key.</summary>
    public Tensor Rows(Tensor distances)
    {
        using var scope = NewDisposeScope();
        return (Farthest is { } farthest ? Buckets(distances, farthest) : distances).Plus(Span).Between(0, 2L * Span - 1).MoveToOuterDisposeScope();
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
