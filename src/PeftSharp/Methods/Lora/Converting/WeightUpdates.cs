using PeftSharp.Adapters;
using PeftSharp.Methods.TrainableTokens;
using PeftSharp.Models;
using PeftSharp.Models.Nodes;
using PeftSharp.Models.Slots;
using static TorchSharp.torch;

namespace PeftSharp.Methods.Lora.Converting;

/// <summary>What an adapter does to a model's weights, taken apart into what LoRA can hold.</summary>
internal sealed class WeightUpdates
{
    private readonly Adapter _adapter;
    private readonly Dictionary<Parameter, Tensor> _whole = [];

    private WeightUpdates(Adapter adapter) => _adapter = adapter;

    /// <summary>The adapted modules, in the order of the model.</summary>
    public List<Node> Nodes { get; } = [];

    /// <summary>Biases and modules of <c>modules_to_save</c> with their values, to be kept whole.</summary>
    public IReadOnlyDictionary<Parameter, Tensor> Whole => _whole;

    /// <summary>Which biases LoRA has to train to hold <see cref="Whole"/>.</summary>
    public TrainedBiases Biases { get; private set; }

    /// <summary>Takes an adapter apart; tensors belong to the current dispose scope.</summary>
    /// <exception cref="PeftException">It does something that a low-rank update cannot hold.</exception>
    public static WeightUpdates Of(Adapter adapter)
    {
        AdapterSlots slots = adapter.Slots;
        if (slots.Front.Count + slots.Attention.Count + slots.SubLayers.Count + slots.Joins.Count + slots.Stream.Count > 0)
            throw new PeftException($"The adapter '{adapter.Name}' ({adapter.Options.PeftType}) adds {(slots.Front.Count + slots.Attention.Count > 0 ? "virtual tokens" : "modules of its own")}, which are no change of a weight, so it cannot become LoRA; keep it as it is.");
        WeightUpdates updates = new(adapter);
        foreach (Node node in adapter.Model.Nodes)
            if (updates.TunersOf(node).Length > 0)
                updates.Add(node);
        if (updates.Nodes.Count == 0)
            throw new PeftException(
                $"The adapter '{adapter.Name}' ({adapter.Options.PeftType}) changes no linear layer by a tuner, so there is nothing to convert to LoRA; keep it as it is, or merge it where it can be merged.");
        updates.AddReplaced();
        return updates;
    }

    /// <summary>The change of a module's weight, fp32, as the product B A: (out, in), or (width, rows) for an embedding.</summary>
    public Tensor Delta(Node node)
    {
        Parameter weight = node.Parameters[0];
        Tensor merged = weight.Turned(_adapter.Effective(weight)).to(ScalarType.Float32);
        foreach (IMergeableTuner tuner in TunersOf(node).Cast<IMergeableTuner>())
            merged = tuner.MergeWeight(merged);
        Tensor delta = merged.sub(weight.Value.to(ScalarType.Float32));
        return node is Embedding ? delta.t() : delta;
    }

    private object[] TunersOf(Node node) => node switch
    {
        Linear => _adapter.Slots.Linear.GetValueOrDefault(node.Id) ?? [],
        Embedding => _adapter.Slots.Embedding.GetValueOrDefault(node.Id) ?? [],
        _ => [],
    };

    private void Add(Node node)
    {
        foreach (object tuner in TunersOf(node))
        {
            if (tuner is IReplacesRows)
                throw new PeftException($"The adapter trains single token rows of '{node.Path}' (trainable tokens), which LoRA's factors cannot hold; merge it into the model instead.");
            if (tuner is not IMergeableTuner)
                throw new PeftException($"{tuner.GetType().Name} at '{node.Path}' cannot be written as a change of the weight, so it has no low-rank form.");
        }
        Nodes.Add(node);
        if (node is not Linear { Bias: { } bias })
            return;
        Tensor before = bias.Value.to(ScalarType.Float32), after = _adapter.Effective(bias).to(ScalarType.Float32), start = after;
        foreach (IMergeableTuner tuner in TunersOf(node).Cast<IMergeableTuner>())
            after = tuner.MergeBias(after)!;
        if (!ReferenceEquals(after, start) || _adapter.Replaced.ContainsKey(bias.Id))
        {
            _whole[bias] = after.detach();
            Biases = Biases == TrainedBiases.None && after.ne(before).any().item<bool>() ? TrainedBiases.OfTargets : Biases;
        }
    }

    private void AddReplaced()
    {
        HashSet<Parameter> weights = [.. Nodes.Select(node => node.Parameters[0])];
        foreach ((int id, Tensor value) in _adapter.Replaced)
        {
            Parameter parameter = _adapter.Model.ParameterOf(id);
            if (weights.Contains(parameter) || _whole.ContainsKey(parameter))
                continue;
            bool isSaved = ModulesToSave.WrapperOf(_adapter.SavedModules, parameter.ModulePath) is not null;
            if (!isSaved && parameter.LocalName != "bias")
                throw new PeftException($"The adapter trains '{parameter.Name}' as a whole, which LoRA's factors cannot hold; merge it into the model instead.");
            _whole[parameter] = value.detach().to(ScalarType.Float32);
            if (!isSaved)
                Biases = TrainedBiases.All;
        }
    }
}
