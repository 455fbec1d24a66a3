using PeftSharp.Adapters;
using PeftSharp.Kernels;
using PeftSharp.Models;
using PeftSharp.Tensors;
using static TorchSharp.torch;

namespace PeftSharp.Training;

/// <summary>
/// AdamW over the trainable tensors of one adapter: its state and its parameter groups. A tensor without a gradient is left
/// alone and its step count stays, as in torch.
/// </summary>
internal sealed class AdamWOptimizer : IDisposable
{
    private const string MeanPrefix = "exp_avg.", SquarePrefix = "exp_avg_sq.", StepsName = "step";

    private readonly OptimizerOptions _options;
    private readonly Entry[] _entries;
    private readonly LoraFa? _loraFa;

    public AdamWOptimizer(Adapter adapter, BaseModel model, OptimizerOptions options)
    {
        _options = options;
        LoraPlus.Require(adapter, options);
        _loraFa = options.Kind == OptimizerKind.LoraFa ? new LoraFa(adapter) : null;
        using var noGrad = no_grad();
        _entries = [.. adapter.Trainable.Where(tensor => _loraFa?.Freezes(tensor.Value) != true).Select(tensor => new Entry(
            tensor,
            LoraPlus.PeakRate(tensor, options),
            WeightDecay.AppliesTo(tensor, model) ? options.WeightDecay : 0,
            zeros_like(tensor.Value).DetachFromDisposeScope(),
            zeros_like(tensor.Value).DetachFromDisposeScope()))];
    }

    /// <summary>The gradients that the backward passes left, with their tensors; they belong to the current dispose scope.</summary>
    public GradientSet Gradients()
    {
        List<int> present = [];
        List<Tensor> gradients = [];
        for (int i = 0; i < _entries.Length; i++)
            if (_entries[i].Parameter.Value.grad is { } gradient)
            {
                present.Add(i);
                gradients.Add(gradient);
            }
        return new GradientSet([.. present], [.. gradients]);
    }

    /// <summary>The keys of the tensors that a set has no gradient of.</summary>
    public IReadOnlyList<string> Without(GradientSet set) =>
        [.. Enumerable.Range(0, _entries.Length).Except(set.Indices).Select(i => _entries[i].Parameter.Key)];

    /// <summary>Takes one step: one fused call for each group of tensors with the same learning rate, decay and step count.</summary>
    /// <param name="set">The gradients.</param>
    /// <param name="factor">The schedule's share of the peak learning rates.</param>
    public void Step(GradientSet set, double factor)
    {
        var groups = set.Indices
            .Select((index, place) => (Entry: _entries[index], Gradient: set.Values[place]))
            .GroupBy(pair => (pair.Entry.PeakRate, pair.Entry.Decay, pair.Entry.Steps));
        foreach (var group in groups.ToArray())
        {
            var pairs = group.ToArray();
            AdamW.Step(
                [.. pairs.Select(pair => pair.Entry.Parameter.Value)], [.. pairs.Select(pair => _loraFa?.Correct(pair.Entry.Parameter.Value, pair.Gradient) ?? pair.Gradient)],
                [.. pairs.Select(pair => pair.Entry.Mean)], [.. pairs.Select(pair => pair.Entry.Square)],
                group.Key.Steps + 1, group.Key.PeakRate * factor, _options.AdamBeta1, _options.AdamBeta2, _options.AdamEpsilon, group.Key.Decay);
            foreach ((Entry entry, _) in pairs)
                entry.Steps++;
        }
    }

    /// <summary>Frees the gradients.</summary>
    public void ClearGradients()
    {
        foreach (Entry entry in _entries)
            entry.Parameter.Value.grad = null;
    }

    /// <summary>Writes the state.</summary>
    public void Save(string path)
    {
        using var scope = NewDisposeScope();
        List<(string, Tensor)> tensors = [(StepsName, tensor(_entries.Select(entry => entry.Steps).ToArray()))];
        foreach (Entry entry in _entries)
        {
            tensors.Add((MeanPrefix + entry.Parameter.Key, entry.Mean));
            tensors.Add((SquarePrefix + entry.Parameter.Key, entry.Square));
        }
        SafetensorsWriter.Write(path, tensors, new Dictionary<string, string> { ["format"] = "pt" });
    }

    /// <summary>Reads the state back.</summary>
    /// <exception cref="PeftException">It is that of other tensors.</exception>
    public void Load(string path)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using SafetensorsFile file = SafetensorsFile.Open(path);
        HashSet<string> names = [.. file.Names];
        foreach (Entry entry in _entries)
        {
            Copy(file, names, MeanPrefix + entry.Parameter.Key, entry.Mean, path);
            Copy(file, names, SquarePrefix + entry.Parameter.Key, entry.Square, path);
        }
        using Tensor steps = zeros([_entries.Length], dtype: ScalarType.Int64);
        Copy(file, names, StepsName, steps, path);
        long[] counts = steps.data<long>().ToArray();
        for (int i = 0; i < counts.Length; i++)
            _entries[i].Steps = counts[i];
        if (names.Count > 0)
            throw new PeftException($"{path} has {names.Count} tensors that this adapter has not, such as '{names.Order(StringComparer.Ordinal).First()}': it is the state of another adapter.");
    }

    public void Dispose()
    {
        foreach (Entry entry in _entries)
        {
            entry.Mean.Dispose();
            entry.Square.Dispose();
        }
        _loraFa?.Dispose();
    }

    private static void Copy(SafetensorsFile file, HashSet<string> names, string name, Tensor into, string path)
    {
        if (!names.Remove(name))
            throw new PeftException($"{path} has no '{name}': it is the optimizer state of another adapter.");
        using Tensor stored = file.Load(name);
        if (!stored.shape.SequenceEqual(into.shape) || stored.dtype != into.dtype)
            throw new PeftException(
                $"{path}: '{name}' is {stored.dtype} [{string.Join(", ", stored.shape)}] and this adapter needs {into.dtype} [{string.Join(", ", into.shape)}].");
        into.copy_(stored);
    }

    private sealed class Entry(TrainableTensor parameter, double peakRate, double decay, Tensor mean, Tensor square)
    {
        public TrainableTensor Parameter { get; } = parameter;

        public double PeakRate { get; } = peakRate;

        public double Decay { get; } = decay;

        public Tensor Mean { get; } = mean;

        public Tensor Square { get; } = square;

        public long Steps { get; set; }
    }
}
