using PeftSharp.Kernels;
using PeftSharp.Tensors;
using static TorchSharp.torch;

namespace PeftSharp.Methods.AdaLora;

/// <summary>The smoothed importance of every value of an AdaLoRA adapter; see <see cref="RankAllocator"/>.</summary>
internal sealed class ImportanceScores(IReadOnlyList<AdaLoraLinear> tuners, AdaLoraOptions options) : IDisposable
{
    private const string MeanPrefix = "importance.", SpreadPrefix = "uncertainty.";

    private readonly Dictionary<string, (Tensor Mean, Tensor Spread)> _scores = new(StringComparer.Ordinal);

    /// <summary>Takes the gradients of a step in; a value without one counts as unimportant in this step.</summary>
    public void Update()
    {
        foreach ((string name, Tensor value) in Values())
        {
            using var scope = NewDisposeScope();
            (Tensor mean, Tensor spread) = _scores.TryGetValue(name, out (Tensor, Tensor) old) ? old : (zeros_like(value), zeros_like(value));
            Tensor importance = value.grad is { } gradient ? value.mul(gradient).abs() : zeros_like(value);
            Tensor newMean = mean.Times(options.Beta1).Plus(importance.Times(1 - options.Beta1));
            Tensor newSpread = spread.Times(options.Beta2).Plus(importance.sub(newMean).abs().Times(1 - options.Beta2));
            Set(name, newMean, newSpread);
        }
    }

    /// <summary>Which ranks of each module are among the best <paramref name="budget"/> of all; ties with the first that goes go too.</summary>
    public Dictionary<string, bool[]> Keep(long budget)
    {
        using var scope = NewDisposeScope();
        List<(string Key, float[] Scores)> modules =
            [.. tuners.Select(tuner => (RankAllocator.KeyOf(tuner), ScoresOf(tuner).data<float>().ToArray()))];
        float[] all = [.. modules.SelectMany(module => module.Scores).Order()];
        long dropped = all.Length - budget;
        float threshold = dropped > 0 ? all[dropped - 1] : float.NegativeInfinity;
        return modules.ToDictionary(module => module.Key, module => module.Scores.Select(score => score > threshold).ToArray());
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        Dispose();
        _scores.Clear();
    }

    public IEnumerable<(string Name, Tensor Value)> State() => _scores.SelectMany<KeyValuePair<string, (Tensor Mean, Tensor Spread)>, (string, Tensor)>(
        pair => [(MeanPrefix + pair.Key, pair.Value.Mean), (SpreadPrefix + pair.Key, pair.Value.Spread)]);

    public void Restore(SafetensorsFile state)
    {
        Clear();
        foreach ((string name, Tensor value) in Values())
            if (state.Names.Contains(MeanPrefix + name) && state.Names.Contains(SpreadPrefix + name))
                Set(name, state.Load(MeanPrefix + name).to(value.device), state.Load(SpreadPrefix + name).to(value.device));
    }

    public void Dispose()
    {
        foreach ((Tensor mean, Tensor spread) in _scores.Values)
        {
            mean.Dispose();
            spread.Dispose();
        }
    }

    private IEnumerable<(string Name, Tensor Value)> Values() => tuners.SelectMany<AdaLoraLinear, (string, Tensor)>(
        tuner => [($"{tuner.Path}.lora_A", tuner.A), ($"{tuner.Path}.lora_E", tuner.E), ($"{tuner.Path}.lora_B", tuner.B)]);

    private void Set(string name, Tensor mean, Tensor spread)
    {
        if (_scores.Remove(name, out (Tensor Mean, Tensor Spread) old))
        {
            old.Mean.Dispose();
            old.Spread.Dispose();
        }
        _scores[name] = (mean.DetachFromDisposeScope(), spread.DetachFromDisposeScope());
    }

    /// <summary>The score of each rank of a module, (r): that of λ plus the means over Q's row and P's column.</summary>
    private Tensor ScoresOf(AdaLoraLinear tuner) =>
        Score($"{tuner.Path}.lora_E").view(-1)
            .Plus(Score($"{tuner.Path}.lora_A").mean([1]).Plus(Score($"{tuner.Path}.lora_B").mean([0])));

    private Tensor Score(string name) => _scores[name].Mean.mul(_scores[name].Spread);
}
