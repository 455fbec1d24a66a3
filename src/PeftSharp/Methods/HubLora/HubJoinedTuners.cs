using PeftSharp.Kernels;
using PeftSharp.Methods.Bottleneck;
using PeftSharp.Models.Slots;
using static TorchSharp.torch;

namespace PeftSharp.Methods.HubLora;

/// <summary>The rows of a joined product's output that belong to the chosen ones of queries, keys and values.</summary>
/// <param name="Chosen">First row and number of rows of each, in their order.</param>
/// <param name="All">The rows of the output.</param>
internal sealed record JoinedRows(IReadOnlyList<(long First, long Count)> Chosen, long All)
{
    /// <summary>How many rows are chosen.</summary>
    public long Count => Chosen.Sum(part => part.Count);

    /// <summary>Puts (…, count) pieces in their places of (…, all), with a number everywhere else.</summary>
    public Tensor Placed(IReadOnlyList<Tensor> pieces, bool onesElsewhere)
    {
        List<Tensor> parts = [];
        long at = 0;
        for (int i = 0; i < Chosen.Count; i++)
        {
            Fill(Chosen[i].First - at);
            parts.Add(pieces[i]);
            at = Chosen[i].First + Chosen[i].Count;
        }
        Fill(All - at);
        return cat(parts, -1);

        void Fill(long count)
        {
            if (count == 0)
                return;
            long[] shape = [.. pieces[0].shape[..^1], count];
            parts.Add(onesElsewhere ? ones(shape, dtype: pieces[0].dtype, device: pieces[0].device) : zeros(shape, dtype: pieces[0].dtype, device: pieces[0].device));
        }
    }

    /// <summary>The pieces of (…, chosen rows) of each.</summary>
    public IReadOnlyList<Tensor> Split(Tensor values)
    {
        List<Tensor> pieces = [];
        long at = 0;
        foreach ((_, long count) in Chosen)
        {
            pieces.Add(values.narrow(-1, at, count));
            at += count;
        }
        return pieces;
    }
}

/// <summary>LoRA on a joined product: of m chosen outputs the i-th has r rows of A (r · m, in) and its own rows of B (chosen rows, r), and of a gate its own number.</summary>
internal sealed class HubJoinedLoraTuner(HubLoraOptions options, Tensor a, Tensor b, JoinedRows rows, TrainedGate? gate) : ILinearTuner, IMergeableTuner
{
    public bool TreatsPositionsApart => gate is null;

    public Tensor Forward(Tensor x, LinearCall next)
    {
        using var scope = NewDisposeScope();
        Tensor frozen = next.Next(x);
        Tensor inner = Products.Linear(next.Pass.Dropout(x, options.Dropout), a.to(x.dtype));
        Tensor? gates = gate?.Forward(x);
        List<Tensor> pieces = [];
        foreach ((int i, Tensor part) in Factors(b).Index())
        {
            Tensor piece = Products.Linear(inner.narrow(-1, i * options.R, options.R), part.to(x.dtype));
            pieces.Add(gates is null ? piece.Times(options.Alpha / options.R) : piece.mul(gates.narrow(-1, i, 1)));
        }
        return frozen.Plus(rows.Placed(pieces, onesElsewhere: false)).MoveToOuterDisposeScope();
    }

    public Tensor MergeWeight(Tensor weight)
    {
        HubLoraMethod.RefuseGate(gate);
        Tensor[] pieces = [.. Factors(b.detach()).Select((part, i) => part.matmul(a.detach().narrow(0, i * options.R, options.R)).t())];
        return weight.Plus(rows.Placed(pieces, onesElsewhere: false).t().Times(options.Alpha / options.R));
    }

    private IEnumerable<Tensor> Factors(Tensor all) => rows.Split(all.t()).Select(part => part.t());
}

/// <summary>(IA)³ on a joined product: l (chosen rows, 1) scales its own rows; α scales all of them, as in AdapterHub.</summary>
internal sealed class HubJoinedScaleTuner(HubLoraOptions options, Tensor scale, JoinedRows rows, TrainedGate? gate) : ILinearTuner, IMergeableTuner
{
    public bool TreatsPositionsApart => gate is null;

    public Tensor Forward(Tensor x, LinearCall next)
    {
        using var scope = NewDisposeScope();
        IReadOnlyList<Tensor> pieces = rows.Split(scale.squeeze(1).to(x.dtype));
        if (gate?.Forward(x) is { } gates)
            pieces = [.. pieces.Select((piece, i) => piece.mul(gates.narrow(-1, i, 1)))];
        Tensor wide = next.Next(x).mul(rows.Placed(pieces, onesElsewhere: true));
        return (gate is null ? wide.Times(options.Alpha / options.R) : wide).MoveToOuterDisposeScope();
    }

    public Tensor MergeWeight(Tensor weight) => weight.mul(Factor().unsqueeze(1));

    /// <summary>The bias is scaled too, which AdapterHub's merging leaves out.</summary>
    public Tensor? MergeBias(Tensor? bias) => bias?.mul(Factor());

    private Tensor Factor()
    {
        HubLoraMethod.RefuseGate(gate);
        return rows.Placed(rows.Split(scale.detach().squeeze(1)), onesElsewhere: true).Times(options.Alpha / options.R);
    }
}
