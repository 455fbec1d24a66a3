using PeftSharp.Adapters;
using PeftSharp.Kernels;
using PeftSharp.Tensors;
using static TorchSharp.torch;

namespace PeftSharp.Methods.AdaLora;

/// <summary>
/// Moves ranks between modules while an adapter trains. After each step the importance of every value is I = |θ · ∂L/∂θ|,
/// smoothed to Ī and, with its spread |I − Ī| smoothed to Ū, scored Ī · Ū. A rank's score is that of its λ plus the means of
/// its row of Q and its column of P. The lowest ranks beyond the budget have their λ set to 0; a later step may bring one
/// back, until the ranks are fixed.
/// </summary>
internal sealed class RankAllocator(IReadOnlyList<AdaLoraLinear> tuners, AdaLoraOptions options) : ITrainingHook, IDisposable
{
    private const string PatternPrefix = "rank_pattern.";

    private readonly ImportanceScores _scores = new(tuners, options);
    private BudgetSchedule? _schedule;
    private long _totalSteps;
    private Dictionary<string, bool[]>? _kept;

    /// <summary>True for an adapter whose ranks were fixed when it was saved: it trains on with them.</summary>
    private bool IsFixed => options.RankPattern is not null;

    public string? Begin(long totalSteps)
    {
        _scores.Clear();
        _kept = null;
        _totalSteps = options.TotalStep ?? totalSteps;
        if (IsFixed)
            return null;
        BudgetSchedule.RequirePruning(options, _totalSteps);
        long modules = tuners.Count;
        _schedule = new(options, _totalSteps, modules * options.InitR, modules * options.TargetR);
        return _totalSteps - options.TFinal > totalSteps
            ? $"total_step is {_totalSteps} and the run has {totalSteps} steps, so ADALORA's ranks do not come down to target_r {options.TargetR}; leave total_step out to take the run's."
            : null;
    }

    /// <summary>orth_reg_weight · mean of ‖Q Qᵀ − I‖ and ‖Pᵀ P − I‖ over all modules (Frobenius).</summary>
    public Tensor? Penalty()
    {
        if (options.OrthRegWeight == 0)
            return null;
        using var scope = NewDisposeScope();
        Tensor[] distances = [.. tuners.Where(tuner => tuner.E.shape[0] > 0).SelectMany<AdaLoraLinear, Tensor>(tuner =>
            [Distance(tuner.A.matmul(tuner.A.t())), Distance(tuner.B.t().matmul(tuner.B))])];
        return distances.Length == 0
            ? null
            : stack(distances).sum().Times(options.OrthRegWeight / (2.0 * tuners.Count)).MoveToOuterDisposeScope();

        static Tensor Distance(Tensor gram) => gram.sub(eye(gram.shape[0], dtype: gram.dtype, device: gram.device)).norm();
    }

    public void AfterStep(long step)
    {
        if (IsFixed || _schedule is null)
            return;
        using var noGrad = no_grad();
        if (step > _schedule.LastPruning)
        {
            Apply();
            return;
        }
        if (step < _schedule.LastPruning)
            _scores.Update();
        (long budget, bool prunes) = _schedule.At(step);
        if (prunes || step == _schedule.LastPruning)
        {
            _kept = _scores.Keep(budget);
            Apply();
        }
        if (step == _schedule.LastPruning)
            _scores.Clear();
    }

    /// <summary>What came back since the last pruning goes again, so that the adapter is what its file will be.</summary>
    public void End()
    {
        using var noGrad = no_grad();
        Apply();
    }

    public PeftOptions Stored(PeftOptions saved) => saved is AdaLoraOptions own && !IsFixed
        ? own with
        {
            TotalStep = own.TotalStep ?? (_totalSteps > 0 ? (int)_totalSteps : null),
            RankPattern = _kept?.ToDictionary(pair => pair.Key, pair => (IReadOnlyList<bool>)pair.Value),
        }
        : saved;

    public Tensor Stored(TrainableTensor trained)
    {
        Tensor value = trained.Value;
        if (_kept is null)
            return value;
        foreach (AdaLoraLinear tuner in tuners)
        {
            int dimension = ReferenceEquals(value, tuner.B) ? 1 : 0;
            if (dimension == 0 && !ReferenceEquals(value, tuner.A) && !ReferenceEquals(value, tuner.E))
                continue;
            bool[] kept = _kept[KeyOf(tuner)];
            long[] places = [.. Enumerable.Range(0, kept.Length).Where(i => kept[i]).Select(i => (long)i)];
            return value.index_select(dimension, tensor(places, device: value.device)).contiguous();
        }
        return value;
    }

    public IReadOnlyList<(string Name, Tensor Value)> State() => IsFixed
        ? []
        :
        [
            .. _scores.State(),
            .. (_kept ?? []).Select(pair => (PatternPrefix + pair.Key, tensor(pair.Value.Select(isKept => isKept ? 1L : 0L).ToArray()))),
        ];

    public void Restore(SafetensorsFile state)
    {
        _scores.Restore(state);
        _kept = null;
        foreach (string name in state.Names.Where(name => name.StartsWith(PatternPrefix, StringComparison.Ordinal)))
        {
            using Tensor stored = state.Load(name);
            (_kept ??= [])[name[PatternPrefix.Length..]] = [.. stored.data<long>().ToArray().Select(isKept => isKept != 0)];
        }
    }

    public void Dispose() => _scores.Dispose();

    /// <summary>The key of a module in <c>rank_pattern</c>.</summary>
    internal static string KeyOf(AdaLoraLinear tuner) => $"{tuner.Path}.lora_E";

    /// <summary>λ of the ranks that are not kept becomes 0.</summary>
    private void Apply()
    {
        if (_kept is null)
            return;
        foreach (AdaLoraLinear tuner in tuners)
        {
            using Tensor kept = tensor(_kept[KeyOf(tuner)].Select(isKept => isKept ? 1f : 0f).ToArray(), device: tuner.E.device);
            using Tensor column = kept.unsqueeze(1);
            tuner.E.mul_(column);
        }
    }
}
