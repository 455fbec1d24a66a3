using PeftSharp.Adapters;
using PeftSharp.Tensors;
using static TorchSharp.torch;

namespace PeftSharp.Methods.Lora;

/// <summary>
/// A start that took a random part s·B₀·A₀ off the base: no file of HF's can say which, so what is saved is plain LoRA of twice the
/// rank, [A; A₀] and [B, −B₀], which on the base as it was computes the same. A checkpoint keeps A₀ and B₀ themselves.
/// </summary>
internal sealed class DrawnStart : ITrainingHook
{
    private readonly Dictionary<Tensor, (Module Module, bool IsA)> _byTensor = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<Tensor, bool> _embeddings = new(ReferenceEqualityComparer.Instance);
    private readonly List<Module> _modules = [];

    /// <summary>One layer: its trained factors, those it started with, its weight and what is left of it.</summary>
    public sealed record Module(Tensor A, Tensor B, Tensor StartA, Tensor StartB, Tensor Weight, Tensor Rest, double Scale);

    public void Add(Module module)
    {
        _modules.Add(module);
        _byTensor[module.A] = (module, true);
        _byTensor[module.B] = (module, false);
    }

    /// <summary>A table's factors, or those of a head that shares it, from which nothing was taken; they get zeros for the second half of the rank.</summary>
    public void AddEmbedding(Tensor a, Tensor b)
    {
        _embeddings[a] = true;
        _embeddings[b] = false;
    }

    public PeftOptions Stored(PeftOptions options)
    {
        if (options is not LoraOptions own)
            return options;
        // α/r stays what it was, and so does α/√r.
        double factor = own.UseRslora ? Math.Sqrt(2) : 2;
        return own with
        {
            R = 2 * own.R,
            LoraAlpha = factor * own.LoraAlpha,
            RankPattern = own.RankPattern.ToDictionary(pair => pair.Key, pair => 2 * pair.Value),
            AlphaPattern = own.AlphaPattern.ToDictionary(pair => pair.Key, pair => factor * pair.Value),
            Init = LoraInit.Default,
        };
    }

    public Tensor Stored(TrainableTensor tensor)
    {
        if (_byTensor.TryGetValue(tensor.Value, out (Module Module, bool IsA) found))
            return found.IsA ? cat([tensor.Value, found.Module.StartA], 0) : cat([tensor.Value, found.Module.StartB.neg()], 1);
        return _embeddings.TryGetValue(tensor.Value, out bool isA) ? cat([tensor.Value, zeros_like(tensor.Value)], isA ? 0 : 1) : tensor.Value;
    }

    public IReadOnlyList<(string Name, Tensor Value)> State() =>
        [.. _modules.SelectMany((module, i) => new[] { ($"start.{i}.A", module.StartA), ($"start.{i}.B", module.StartB) })];

    public void Restore(SafetensorsFile state)
    {
        for (int i = 0; i < _modules.Count; i++)
        {
            Module module = _modules[i];
            Take(state, $"start.{i}.A", module.StartA);
            Take(state, $"start.{i}.B", module.StartB);
            using Tensor rest = WeightStart.Rest(module.Weight, module.StartA, module.StartB, module.Scale);
            module.Rest.copy_(rest);
        }
    }

    private static void Take(SafetensorsFile state, string name, Tensor into)
    {
        Tensor? stored = state.Names.Contains(name) ? state.Load(name) : null;
        if (stored is null || !stored.shape.SequenceEqual(into.shape))
            throw new PeftException($"{state.Path} has no '{name}' [{string.Join(", ", into.shape)}]: it is the state of another adapter.");
        into.copy_(stored);
    }
}
