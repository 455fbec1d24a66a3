using PeftSharp.Kernels;
using static TorchSharp.torch;

namespace PeftSharp.Models.Blocks;

/// <summary>
/// What stands in front of the tokens' keys: first <see cref="KeyValues"/> keys without queries, then
/// <see cref="Embedded"/> rows of the sequence. Masks and positions follow from it. In a mixed batch a row that has fewer
/// than others is padded on the left.
/// </summary>
internal sealed class FrontLayout : IDisposable
{
    private readonly Tensor? _mask;
    private readonly Tensor? _shifts;
    private readonly long _shift;

    private FrontLayout(int keyValues, int embedded, long shift, Tensor? mask, Tensor? shifts)
    {
        KeyValues = keyValues;
        Embedded = embedded;
        _shift = shift;
        _mask = mask;
        _shifts = shifts;
    }

    /// <summary>Nothing.</summary>
    public static FrontLayout None { get; } = new(0, 0, 0, null, null);

    /// <summary>Keys and values that no query of the sequence made.</summary>
    public int KeyValues { get; }

    /// <summary>Rows in front of the token embeddings.</summary>
    public int Embedded { get; }

    /// <summary>All keys in front of the tokens'.</summary>
    public int Count => KeyValues + Embedded;

    /// <summary>The layout of a pass.</summary>
    public static FrontLayout Of(Pass pass, Device device)
    {
        VirtualCounts most = pass.Virtual;
        if (pass.Rows is not { } rows)
            return new(most.KeyValues, most.Embedded, most.Positions, null, null);
        VirtualCounts[] each = rows.Each(plan => plan.Virtual);
        long[] mask = [.. each.SelectMany(row =>
            Enumerable.Range(0, most.KeyValues).Select(i => i >= most.KeyValues - row.KeyValues ? 1L : 0)
                .Concat(Enumerable.Range(0, most.Embedded).Select(i => i >= most.Embedded - row.Embedded ? 1L : 0)))];
        using var scope = NewDisposeScope();
        Tensor allowed = tensor(mask, device: device).view(each.Length, -1);
        Tensor shifts = tensor(each.Select(row => (long)row.Positions).ToArray(), device: device).unsqueeze(-1);
        return new(most.KeyValues, most.Embedded, 0, allowed.MoveToOuterDisposeScope(), shifts.MoveToOuterDisposeScope());
    }

    /// <summary>The mask of all keys; null where nothing is padding.</summary>
    /// <param name="tokens">1 for a real token and 0 for padding, (batch, tokens), or null.</param>
    /// <param name="count">The number of tokens.</param>
    public Tensor? Mask(Tensor? tokens, long count)
    {
        if (Count == 0 || (_mask is null && tokens is null))
            return tokens?.alias();
        using var scope = NewDisposeScope();
        Tensor front = _mask?.alias() ?? ones([tokens!.shape[0], Count], dtype: ScalarType.Int64, device: tokens.device);
        Tensor back = tokens?.to(ScalarType.Int64) ?? ones([front.shape[0], count], dtype: ScalarType.Int64, device: front.device);
        return cat([front, back], 1).MoveToOuterDisposeScope();
    }

    /// <summary>The mask of the rows of the sequence alone, embedded ones and tokens; null where nothing is padding.</summary>
    public Tensor? RowMask(Tensor? tokens, long count) =>
        Embedded == 0 ? tokens : Mask(tokens, count)?.narrow(1, KeyValues, Embedded + count);

    /// <summary>Where the tokens stand once the rows in front have taken theirs.</summary>
    /// <param name="tokens">The tokens' own positions, int64 (1 or batch, count).</param>
    /// <param name="withRows">True to put the positions of the embedded rows in front.</param>
    public Tensor Positions(Tensor tokens, bool withRows)
    {
        using var scope = NewDisposeScope();
        Tensor shifted = _shifts is not null ? tokens.Plus(_shifts) : _shift != 0 ? tokens.Plus(_shift) : tokens.alias();
        if (withRows && Embedded > 0)
        {
            Tensor rows = ScalarMath.Range(_shift - Embedded, _shift, tokens.device).unsqueeze(0);
            // Padding stands at negative positions; where, does not matter, as nothing looks at it.
            Tensor placed = _shifts is null ? rows : rows.Plus(_shifts).AtLeastInPlace(0);
            shifted = cat([placed.expand(shifted.shape[0], -1), shifted], 1);
        }
        return shifted.MoveToOuterDisposeScope();
    }

    /// <summary>The layout of a batch whose row i is row <paramref name="rows"/>[i] of this one's.</summary>
    public FrontLayout Reordered(Tensor rows) => _mask is null
        ? this
        : new FrontLayout(KeyValues, Embedded, _shift, _mask.index_select(0, rows), _shifts!.index_select(0, rows)).Kept();

    /// <summary>Takes the tensors out of the dispose scope: the layout owns them.</summary>
    public FrontLayout Kept()
    {
        _mask?.DetachFromDisposeScope();
        _shifts?.DetachFromDisposeScope();
        return this;
    }

    public void Dispose()
    {
        _mask?.Dispose();
        _shifts?.Dispose();
    }
}

/// <summary>How many virtual tokens a plan has.</summary>
/// <param name="KeyValues">Keys and values in every layer.</param>
/// <param name="Embedded">Rows in front of the token embeddings.</param>
/// <param name="Positions">The positions that they take together.</param>
internal readonly record struct VirtualCounts(int KeyValues, int Embedded, int Positions)
{
    /// <summary>The larger of each.</summary>
    public VirtualCounts Max(VirtualCounts other) =>
        new(Math.Max(KeyValues, other.KeyValues), Math.Max(Embedded, other.Embedded), Math.Max(Positions, other.Positions));
}
