using PeftSharp.Kernels;
using static TorchSharp.torch;

namespace PeftSharp.Models.Blocks;

/// <summary>
/// What stands in front of the tokens' keys: in each layer first its <see cref="FrontKeys"/>, then <see cref="Embedded"/>
/// rows of the sequence, the same in all layers. Masks and positions follow from it. In a mixed batch a row that has fewer
/// than others is padded on the left.
/// </summary>
internal sealed class FrontLayout : IDisposable
{
    private readonly FrontKeys[] _keys;
    private readonly Tensor? _rowMask;
    private readonly Tensor? _shifts;
    private readonly long _shift;

    private FrontLayout(FrontKeys[] keys, int embedded, long shift, Tensor? rowMask, Tensor? shifts)
    {
        _keys = keys;
        Embedded = embedded;
        _shift = shift;
        _rowMask = rowMask;
        _shifts = shifts;
    }

    /// <summary>Nothing.</summary>
    public static FrontLayout None { get; } = new([], 0, 0, null, null);

    /// <summary>Rows of the sequence besides its tokens.</summary>
    public int Embedded { get; }

    /// <summary>What the layers differ in, each once.</summary>
    public IEnumerable<FrontKeys> KindsOfKeys => _keys.Length == 0 ? [FrontKeys.None] : _keys.Distinct();

    /// <summary>The layout of a pass.</summary>
    /// <param name="pass">The active tuners.</param>
    /// <param name="device">Where its tensors lie.</param>
    /// <param name="range">The attentions of the stack.</param>
    /// <param name="wordsOnly">True for that of the token embeddings, before further rows are put behind them.</param>
    public static FrontLayout Of(Pass pass, Device device, AttentionRange range, bool wordsOnly = false)
    {
        FrontKeys[] keys = wordsOnly ? [] : FrontKeys.Of(pass, device, range);
        int most = range.TakesRows ? Rows(pass.Virtual) : 0;
        return pass.Rows is { } rows
            ? new(keys, most, 0, Own(rows, plan => range.TakesRows ? Rows(plan.Virtual) : 0, device), PerRow(rows, range.Positions, device))
            : new(keys, most, range.Positions(pass.Plan), null, null);

        int Rows(VirtualCounts counts) => wordsOnly ? counts.Words : counts.Embedded;
    }

    /// <summary>The keys in front of a layer's that no row of the sequence made.</summary>
    public FrontKeys Keys(int layer) => _keys.Length == 0 ? FrontKeys.None : _keys[layer];

    /// <summary>All keys in front of the tokens' in a layer.</summary>
    public int Count(int layer) => Keys(layer).Count + Embedded;

    /// <summary>The mask of all keys of a layer; null where nothing is padding.</summary>
    /// <param name="keys">What stands in front in the layer.</param>
    /// <param name="tokens">1 for a real token and 0 for padding, (batch, tokens), or null.</param>
    /// <param name="count">The number of tokens.</param>
    public Tensor? Mask(FrontKeys keys, Tensor? tokens, long count)
    {
        if ((keys.Mask ?? _rowMask ?? tokens) is not { } given || keys.Count + Embedded == 0)
            return tokens?.alias();
        using var scope = NewDisposeScope();
        return cat([keys.Mask ?? All(keys.Count), _rowMask ?? All(Embedded), tokens?.to(ScalarType.Int64) ?? All(count)], 1)
            .MoveToOuterDisposeScope();

        Tensor All(long width) => ones([given.shape[0], width], dtype: ScalarType.Int64, device: given.device);
    }

    /// <summary>The mask of the rows of the sequence alone, embedded ones and tokens; null where nothing is padding.</summary>
    public Tensor? RowMask(Tensor? tokens, long count) => Embedded == 0 ? tokens : Mask(FrontKeys.None, tokens, count);

    /// <summary>True for the rows of a mixed batch that have embedded rows of their own, bool (batch, 1); null where all have.</summary>
    public Tensor? HaveRows => _rowMask?.amax([1], keepdim: true).NotEqualTo(0);

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
    public FrontLayout Reordered(Tensor rows)
    {
        if (_rowMask is null)
            return this;
        Dictionary<FrontKeys, FrontKeys> moved = KindsOfKeys.ToDictionary(keys => keys, keys => new FrontKeys(keys.Count, keys.Untaken, keys.Mask?.index_select(0, rows)));
        return new FrontLayout([.. _keys.Select(keys => moved[keys])], Embedded, _shift, _rowMask.index_select(0, rows), _shifts!.index_select(0, rows)).Kept();
    }

    /// <summary>Takes the tensors out of the dispose scope: the layout owns them.</summary>
    public FrontLayout Kept()
    {
        foreach (Tensor tensor in Tensors)
            tensor.DetachFromDisposeScope();
        return this;
    }

    public void Dispose()
    {
        foreach (Tensor tensor in Tensors)
            tensor.Dispose();
    }

    /// <summary>1 for what is a row's own, padding of 0 in front where another row has more: int64 (batch, the most).</summary>
    /// <param name="rows">The mixed batch.</param>
    /// <param name="count">How many a plan has.</param>
    /// <param name="device">Where the result lies.</param>
    internal static Tensor Own(RowPlans rows, Func<TunerPlan, int> count, Device device)
    {
        using var scope = NewDisposeScope();
        Tensor counts = PerRow(rows, count, device);
        long most = rows.Plans.Max(count);
        return ScalarMath.Range(0, most, device).ge(counts.neg().Plus(most)).to(ScalarType.Int64).MoveToOuterDisposeScope();
    }

    private IEnumerable<Tensor> Tensors => KindsOfKeys.Select(keys => keys.Mask).Append(_rowMask).Append(_shifts).OfType<Tensor>();

    /// <summary>int64 (batch, 1).</summary>
    private static Tensor PerRow(RowPlans rows, Func<TunerPlan, int> number, Device device) =>
        tensor(rows.Each(plan => (long)number(plan)), device: device).unsqueeze(-1);
}
