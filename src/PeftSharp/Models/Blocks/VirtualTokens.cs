using PeftSharp.Models.Slots;
using static TorchSharp.torch;

namespace PeftSharp.Models.Blocks;

/// <summary>
/// What the front and attention tuners of a pass add to one forward call: computed once, at its beginning. Its tensors
/// live in the dispose scope that was open then.
/// </summary>
internal sealed class VirtualTokens
{
    private readonly Dictionary<TunerPlan, Tensor[]> _keyValues = [];
    private readonly Tensor? _rows;

    private VirtualTokens(ModelInput input, Pass pass, long width, ScalarType dtype)
    {
        Layout = FrontLayout.Of(pass, input.InputIds.device);
        if (Layout.Embedded > 0)
            _rows = EmbeddedRows(input, pass, width, dtype);
        if (Layout.KeyValues > 0)
            foreach (TunerPlan plan in pass.Rows?.Plans ?? [pass.Plan])
                _keyValues[plan] = [.. plan.AttentionTuners.Select(tuner => tuner.Rows(pass).to(dtype))];
    }

    /// <summary>How many there are.</summary>
    public FrontLayout Layout { get; }

    /// <summary>The virtual tokens of a call; null, at no cost, where the pass has none.</summary>
    /// <param name="input">The batch.</param>
    /// <param name="pass">The active tuners.</param>
    /// <param name="width">The width of the token embeddings.</param>
    /// <param name="dtype">The compute dtype.</param>
    public static VirtualTokens? Of(ModelInput input, Pass pass, long width, ScalarType dtype) =>
        pass.Virtual is { KeyValues: 0, Embedded: 0 } ? null : new(input, pass, width, dtype);

    /// <summary>Puts the rows in front of token embeddings (batch, length, width).</summary>
    public Tensor Prepend(Tensor embedded) =>
        _rows is null ? embedded : cat([_rows.expand(embedded.shape[0], -1, -1), embedded], 1);

    /// <summary>Puts zeros in front of ids (batch, length), one for each row.</summary>
    public Tensor PrependZeros(Tensor ids) =>
        _rows is null ? ids : cat([zeros([ids.shape[0], Layout.Embedded], dtype: ids.dtype, device: ids.device), ids], 1);

    /// <summary>Puts a layer's extra keys and values in front of the tokens', (batch, heads, length, width) each.</summary>
    /// <param name="layer">The layer, from 0.</param>
    /// <param name="hidden">The input of the layer's attention.</param>
    /// <param name="k">The keys of the tokens.</param>
    /// <param name="v">The values of the tokens.</param>
    /// <param name="pass">The pass of the call.</param>
    public (Tensor Keys, Tensor Values) Join(int layer, Tensor hidden, Tensor k, Tensor v, Pass pass)
    {
        if (Layout.KeyValues == 0)
            return (k, v);
        Tensor added = pass.Rows is { } rows
            ? rows.Run(hidden, pass, (part, alone) => Padded(KeyValues(layer, part, alone.Plan, k), part.shape[0], k))
            : KeyValues(layer, hidden, pass.Plan, k)!.expand(k.shape[0], -1, -1, -1, -1);
        return (cat([added.select(1, 0), k], 2), cat([added.select(1, 1), v], 2));
    }

    /// <summary>The rows in front of the token embeddings, (1 or batch, count, width), padded on the left.</summary>
    private Tensor EmbeddedRows(ModelInput input, Pass pass, long width, ScalarType dtype)
    {
        if (pass.Rows is not { } rows)
            return RowsOf(pass.Plan, new FrontCall(pass, input.TaskIds));
        Tensor tasks = input.TaskIds ?? zeros([input.InputIds.shape[0]], dtype: ScalarType.Int64, device: input.InputIds.device);
        return rows.Run(tasks, pass, (part, alone) =>
        {
            int missing = Layout.Embedded - alone.Plan.Virtual.Embedded;
            Tensor? own = alone.Plan.Virtual.Embedded == 0
                ? null
                : RowsOf(alone.Plan, new FrontCall(alone, input.TaskIds is null ? null : part)).expand(part.shape[0], -1, -1);
            if (missing == 0)
                return own!;
            Tensor padding = zeros([part.shape[0], missing, width], dtype: dtype, device: part.device);
            return own is null ? padding : cat([padding, own], 1);
        });

        Tensor RowsOf(TunerPlan plan, FrontCall call)
        {
            Tensor[] parts = [.. plan.FrontTuners.Select(tuner => Batched(tuner.Rows(call).to(dtype)))];
            long batch = parts.Max(part => part.shape[0]);
            return parts.Length == 1 ? parts[0] : cat([.. parts.Select(part => part.expand(batch, -1, -1))], 1);
        }
    }

    private static Tensor Batched(Tensor rows) => rows.dim() == 2 ? rows.unsqueeze(0) : rows;

    /// <summary>(1 or batch, 2, heads, rows, width) of one plan; null where it has none.</summary>
    private Tensor? KeyValues(int layer, Tensor hidden, TunerPlan plan, Tensor k)
    {
        if (plan.AttentionTuners.Count == 0)
            return null;
        Tensor[] parts = new Tensor[plan.AttentionTuners.Count];
        for (int i = 0; i < parts.Length; i++)
        {
            parts[i] = _keyValues[plan][i].select(0, layer).unsqueeze(0);
            if (plan.AttentionTuners[i].Gate(layer, hidden) is { } gate)
                parts[i] = parts[i].mul(gate.to(k.dtype));
        }
        long batch = parts.Max(part => part.shape[0]);
        return parts.Length == 1 ? parts[0] : cat([.. parts.Select(part => part.expand(batch, -1, -1, -1, -1))], 3);
    }

    /// <summary>As many rows as the widest row of the mixed batch has, zeros on the left.</summary>
    private Tensor Padded(Tensor? own, long batch, Tensor k)
    {
        long missing = Layout.KeyValues - (own?.shape[3] ?? 0);
        Tensor? all = own?.expand(batch, -1, -1, -1, -1);
        if (missing == 0)
            return all!;
        Tensor padding = zeros([batch, 2, k.shape[1], missing, k.shape[3]], dtype: k.dtype, device: k.device);
        return all is null ? padding : cat([padding, all], 3);
    }
}
