using static TorchSharp.torch;

namespace PeftSharp.Kernels;

/// <summary>Additive attention masks, built once for a batch.</summary>
internal static class AttentionMasks
{
    /// <summary>
    /// 0 where a query may look and the dtype's lowest number where it may not (not −∞: a row of padding that may look
    /// nowhere must not become NaN).
    /// </summary>
    /// <param name="padding">1 for real keys and 0 for padding, (batch, keys), or null.</param>
    /// <param name="queries">The number of queries; they are the last ones of the keys.</param>
    /// <param name="keys">The number of keys.</param>
    /// <param name="causal">True if a query sees no later key.</param>
    /// <param name="window">How many keys back a query sees, its own among them (and as many ahead where it sees later ones); null for all.</param>
    /// <param name="dtype">The dtype of the scores.</param>
    /// <param name="device">The device of the scores.</param>
    /// <returns>(batch or 1, 1, queries or 1, keys), or null if nothing is masked.</returns>
    public static Tensor? Build(Tensor? padding, long queries, long keys, bool causal, int? window, ScalarType dtype, Device device)
    {
        using var scope = NewDisposeScope();
        Tensor? allowed = null;
        bool narrow = window < keys;
        if ((causal && queries > 1) || narrow)
        {
            Tensor row = ScalarMath.Range(keys - queries, keys, device).unsqueeze(-1);
            Tensor column = ScalarMath.Range(0, keys, device).unsqueeze(0);
            if (causal)
                allowed = column.le(row);
            if (narrow)
            {
                Tensor distance = (causal ? row.sub(column) : row.sub(column).abs()).Below(window!.Value);
                allowed = allowed?.logical_and(distance) ?? distance;
            }
            allowed = allowed!.view(1, 1, queries, keys);
        }
        if (padding is not null)
        {
            Tensor real = padding.to(device).NotEqualTo(0);
            if (!real.all().item<bool>())
            {
                Tensor byKey = real.view(real.shape[0], 1, 1, keys);
                allowed = allowed is null ? byKey : allowed.logical_and(byKey);
            }
        }
        if (allowed is null)
            return null;
        Tensor mask = zeros(allowed.shape, dtype: dtype, device: device);
        return mask.Masked(allowed.logical_not(), Lowest(dtype)).MoveToOuterDisposeScope();
    }

    /// <summary>The same where padding looks nowhere either: its rows of the softmax are even (DeBERTa).</summary>
    /// <param name="mask">What <see cref="Build"/> gave.</param>
    /// <param name="queries">1 for a real query and 0 for padding, (batch, queries).</param>
    /// <returns>(batch, 1, queries, keys).</returns>
    public static Tensor BlindPadding(Tensor mask, Tensor queries)
    {
        using var scope = NewDisposeScope();
        Tensor padding = queries.EqualTo(0).view(queries.shape[0], 1, queries.shape[1], 1);
        return mask.expand(queries.shape[0], 1, queries.shape[1], mask.shape[3]).Masked(padding, Lowest(mask.dtype)).contiguous().MoveToOuterDisposeScope();
    }

    private static double Lowest(ScalarType dtype) => dtype == ScalarType.Float32 ? float.MinValue : finfo(dtype).min;
}
