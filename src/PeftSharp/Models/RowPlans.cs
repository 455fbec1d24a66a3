using PeftSharp.Models.Nodes;
using static TorchSharp.torch;

namespace PeftSharp.Models;

/// <summary>
/// A mixed batch: the rows grouped by plan. A node that no plan touches runs once over the whole batch; one that some
/// plan touches runs once for each group, on the rows of the group.
/// </summary>
internal sealed class RowPlans
{
    private readonly TunerPlan[] _plans;
    private readonly long[][] _rows;
    private readonly long[] _back;

    public RowPlans(IReadOnlyList<TunerPlan> rows)
    {
        var groups = rows
            .Select((plan, row) => (plan, row: (long)row))
            .GroupBy(pair => pair.plan, pair => pair.row)
            .ToArray();
        _plans = [.. groups.Select(group => group.Key)];
        _rows = [.. groups.Select(group => group.ToArray())];
        // Where each row of the batch went when the groups are laid one after another.
        _back = new long[rows.Count];
        long at = 0;
        foreach (long row in _rows.SelectMany(group => group))
            _back[row] = at++;
    }

    /// <summary>The plans, each once.</summary>
    public IReadOnlyList<TunerPlan> Plans => _plans;

    /// <summary>What a function makes of the plan of each row, in the order of the batch.</summary>
    public T[] Each<T>(Func<TunerPlan, T> of)
    {
        T[] all = new T[_back.Length];
        for (int group = 0; group < _plans.Length; group++)
            foreach (long row in _rows[group])
                all[row] = of(_plans[group]);
        return all;
    }

    public bool Touch(Node node) => _plans.Any(plan => plan.Touches(node));

    /// <summary>Runs <paramref name="forward"/> for each group and puts the rows back in order.</summary>
    public Tensor Run(Tensor input, Pass pass, Func<Tensor, Pass, Tensor> forward) =>
        Run([input], pass, (parts, alone) => forward(parts[0]!, alone));

    /// <summary>The same for several inputs, of which some may be missing.</summary>
    public Tensor Run(Tensor?[] inputs, Pass pass, Func<Tensor?[], Pass, Tensor> forward)
    {
        using var scope = NewDisposeScope();
        Tensor[] parts = new Tensor[_plans.Length];
        for (int group = 0; group < _plans.Length; group++)
        {
            int current = group;
            parts[group] = forward([.. inputs.Select(input => input is null ? null : Rows(input, current))], pass.Alone(_plans[group]));
        }
        return cat(parts, 0).index_select(0, tensor(_back, device: parts[0].device)).MoveToOuterDisposeScope();
    }

    private Tensor Rows(Tensor input, int group)
    {
        // Positions are the same for all rows and come with a batch dimension of 1.
        bool broadcast = input.shape[0] == 1 && _back.Length > 1;
        if (!broadcast && input.shape[0] != _back.Length)
            throw new InvalidOperationException(
                $"A mixed batch of {_back.Length} rows met a tensor of {input.shape[0]} rows.");
        return broadcast
            ? input.expand([_rows[group].Length, .. input.shape[1..]])
            : input.index_select(0, tensor(_rows[group], device: input.device));
    }
}
