using PeftSharp.Models.Nodes;
using PeftSharp.Models.Slots;
using static TorchSharp.torch;

namespace PeftSharp.Models.Blocks;

/// <summary>
/// What the front and attention tuners of a pass add to one forward call: computed once, at its beginning. Its tensors
/// live in the dispose scope that was open then.
/// </summary>
internal sealed class VirtualTokens
{
    private readonly AddedKeyValues _keyValues;
    private readonly FrontEmbeddings _front;
    private readonly Tensor? _rows;
    private readonly AttentionRange _range;

    private VirtualTokens(ModelInput input, Pass pass, Embedding words, AttentionRange range)
    {
        _range = range;
        (Device device, ScalarType dtype) = (input.InputIds.device, words.Weight.Value.dtype);
        Layout = FrontLayout.Of(pass, device, range);
        _front = new(input, pass, dtype);
        Words = range.TakesRows && _front.HaveFinished ? FrontLayout.Of(pass, device, range, wordsOnly: true) : Layout;
        if (Words.Embedded > 0)
            _rows = _front.OfWords(Words.Embedded, words.Width);
        _keyValues = AddedKeyValues.Of(pass, dtype, range);
    }

    private VirtualTokens(VirtualTokens other, AddedKeyValues keyValues)
    {
        (Layout, Words, _front, _rows, _range) = (other.Layout, other.Words, other._front, other._rows, other._range);
        _keyValues = keyValues;
    }

    /// <summary>How many there are.</summary>
    public FrontLayout Layout { get; }

    /// <summary>How many of them the token embeddings have in front, before an encoder puts further ones behind its embeddings.</summary>
    public FrontLayout Words { get; }

    /// <summary>The virtual tokens of a call; null, at no cost, where the pass has none.</summary>
    /// <param name="input">The batch.</param>
    /// <param name="pass">The active tuners.</param>
    /// <param name="words">The token embedding.</param>
    /// <param name="range">The attentions of the stack.</param>
    public static VirtualTokens? Of(ModelInput input, Pass pass, Embedding words, AttentionRange range) =>
        pass.Virtual is { KeyValues: 0, Embedded: 0 } || !pass.Plans.Any(range.IsTouchedBy) ? null : new(input, pass, words, range);

    /// <summary>Puts the rows in front of token embeddings (batch, length, width).</summary>
    public Tensor Prepend(Tensor embedded) =>
        _rows is null ? embedded : cat([_rows.expand(embedded.shape[0], -1, -1), embedded], 1);

    /// <summary>Puts zeros in front of ids (batch, length), one for each row.</summary>
    public Tensor PrependZeros(Tensor ids) =>
        _rows is null ? ids : cat([zeros([ids.shape[0], Words.Embedded], dtype: ids.dtype, device: ids.device), ids], 1);

    /// <summary>Puts the rows that belong there beside finished embeddings, (batch, rows of words + length, width).</summary>
    public Tensor Insert(Tensor finished) => _range.TakesRows && _front.HaveFinished ? _front.Insert(finished, Words.Embedded, Layout.Embedded) : finished;

    /// <summary>The extra keys and values of a layer.</summary>
    public IEnumerable<Tensor> KeyValues(int layer) => _keyValues.At(layer);

    /// <summary>How many tensors these are.</summary>
    public int CountOf(int layer) => _keyValues.CountOf(layer);

    /// <summary>The same for one layer alone, with other tensors for those of <see cref="KeyValues(int)"/>.</summary>
    public VirtualTokens With(int layer, ReadOnlySpan<Tensor> keyValues) => new(this, _keyValues.With(layer, [.. keyValues]));

    /// <summary>Puts a layer's extra keys and values in front of the tokens', (batch, heads, length, width) each.</summary>
    /// <param name="layer">The layer, from 0.</param>
    /// <param name="hidden">The input of the layer's attention.</param>
    /// <param name="k">The keys of the tokens.</param>
    /// <param name="v">The values of the tokens.</param>
    /// <param name="pass">The pass of the call.</param>
    public (Tensor Keys, Tensor Values) Join(int layer, Tensor hidden, Tensor k, Tensor v, Pass pass)
    {
        int count = Layout.Keys(layer).Count;
        if (count == 0)
            return (k, v);
        Tensor added = pass.Rows is { } rows
            ? rows.Run(hidden, pass, (part, alone) => Padded(KeyValues(layer, part, alone.Plan, k), count, part.shape[0], k))
            : KeyValues(layer, hidden, pass.Plan, k)!.expand(k.shape[0], -1, -1, -1, -1);
        return (cat([added.select(1, 0), k], 2), cat([added.select(1, 1), v], 2));
    }

    /// <summary>A layer's extra keys and values, (1, heads, count, width) each; null where it has none. For plans without gates.</summary>
    public (Tensor Keys, Tensor Values)? Front(int layer, Tensor hidden, TunerPlan plan, Tensor k) =>
        Layout.Keys(layer).Count > 0 && KeyValues(layer, hidden, plan, k) is { } added ? (added.select(1, 0), added.select(1, 1)) : null;

    /// <summary>(1 or batch, 2, heads, rows, width) of one plan; null where it has none in this layer.</summary>
    private Tensor? KeyValues(int layer, Tensor hidden, TunerPlan plan, Tensor k)
    {
        List<Tensor> parts = [];
        foreach ((IAttentionTuner tuner, Tensor rows) in _keyValues.At(layer, plan))
        {
            Tensor part = rows.unsqueeze(0);
            parts.Add(tuner.Gate(_range.First + layer, hidden) is { } gate ? part.mul(gate.to(k.dtype)) : part);
        }
        if (parts.Count < 2)
            return parts.SingleOrDefault();
        long batch = parts.Max(part => part.shape[0]);
        return cat([.. parts.Select(part => part.expand(batch, -1, -1, -1, -1))], 3);
    }

    /// <summary>As many rows as the widest row of the mixed batch has, zeros on the left.</summary>
    private static Tensor Padded(Tensor? own, long count, long batch, Tensor k)
    {
        long missing = count - (own?.shape[3] ?? 0);
        Tensor? all = own?.expand(batch, -1, -1, -1, -1);
        if (missing == 0)
            return all!;
        Tensor padding = zeros([batch, 2, k.shape[1], missing, k.shape[3]], dtype: k.dtype, device: k.device);
        return all is null ? padding : cat([padding, all], 3);
    }
}
