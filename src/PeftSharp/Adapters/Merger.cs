using PeftSharp.Models;
using PeftSharp.Models.Nodes;
using PeftSharp.Models.Slots;
using static TorchSharp.torch;

namespace PeftSharp.Adapters;

/// <summary>Writes adapters into copies of the weights they change.</summary>
internal static class Merger
{
    /// <summary>Merges adapters, innermost first, in fp32.</summary>
    /// <exception cref="PeftException">A tuner cannot be merged, or a merged value is not finite.</exception>
    public static MergedWeights Merge(BaseModel model, IReadOnlyList<Adapter> adapters, bool checkFinite)
    {
        TunerPlan plan = AdapterPlans.Combine(adapters);
        if (adapters.FirstOrDefault(adapter => adapter.Slots.Front.Count + adapter.Slots.Attention.Count > 0) is { } prompted)
            throw new PeftException($"The adapter '{prompted.Name}' ({prompted.Options.PeftType}) adds virtual tokens, which no weight can hold; keep it beside the model.");
        if (plan.Replica is not null)
            throw new PeftException($"The adapter '{adapters[0].Name}' runs layers more than once (layer_replication), with other tuners each time: no weight of the base can hold them; keep it beside the model.");
        Dictionary<int, Tensor> changed = [];
        try
        {
            using var scope = NewDisposeScope();
            using var noGrad = no_grad();
            foreach (Adapter adapter in adapters)
                RefuseAdded(adapter);
            foreach (Parameter parameter in model.Parameters.Concat(model.TiedParameters))
                if (plan.Replacement(parameter) is { } copy)
                    Keep(parameter, copy.detach().to(parameter.Value.dtype).clone());
            foreach (Node node in model.Nodes)
            {
                switch (node)
                {
                    case Linear linear:
                        MergeLinear(linear, plan.LinearTuners(linear));
                        break;
                    case Embedding embedding:
                        MergeEmbedding(embedding, plan.EmbeddingTuners(embedding));
                        break;
                }
            }
            return new MergedWeights(model, changed);
        }
        catch
        {
            foreach (Tensor tensor in changed.Values)
                tensor.Dispose();
            throw;
        }

        Tensor Current(Parameter parameter) =>
            parameter.Turned(changed.TryGetValue(parameter.Id, out Tensor? value) ? value : parameter.Stored).to(ScalarType.Float32);

        void Keep(Parameter parameter, Tensor value)
        {
            if (checkFinite && !value.isfinite().all().item<bool>())
                throw new PeftException($"Merging makes '{parameter.Name}' NaN or infinite: the adapter is broken. Nothing was merged.");
            if (changed.Remove(parameter.Id, out Tensor? old))
                old.Dispose();
            changed[parameter.Id] = value.DetachFromDisposeScope();
        }

        void MergeLinear(Linear node, IReadOnlyList<ILinearTuner> tuners)
        {
            if (tuners.Count == 0)
                return;
            Tensor weight = Current(node.Weight);
            Tensor? oldBias = node.Bias is null ? null : Current(node.Bias);
            Tensor? bias = oldBias;
            foreach (ILinearTuner tuner in tuners)
            {
                IMergeableTuner mergeable = Mergeable(node, tuner);
                weight = mergeable.MergeWeight(weight);
                bias = mergeable.MergeBias(bias);
            }
            Keep(node.Weight, Cast(weight, node.Weight));
            if (node.Bias is not null && bias is not null && !ReferenceEquals(bias, oldBias))
                Keep(node.Bias, Cast(bias, node.Bias));
        }

        void MergeEmbedding(Embedding node, IReadOnlyList<IEmbeddingTuner> tuners)
        {
            if (tuners.Count == 0)
                return;
            Tensor weight = Current(node.Weight);
            foreach (IEmbeddingTuner tuner in tuners)
                weight = Mergeable(node, tuner).MergeWeight(weight);
            Keep(node.Weight, Cast(weight, node.Weight));
        }
    }

    private static void RefuseAdded(Adapter adapter)
    {
        if (adapter.SubLayers.Count > 0 || adapter.Joins.Count > 0 || adapter.Slots.Stream.Count > 0)
            throw new PeftException(
                $"The adapter '{adapter.Name}' ({adapter.Options.PeftType}) adds layers of its own behind the model's, with an activation between them or at some positions only, so no weight of the model can stand for them; keep the adapter beside the model.");
    }

    /// <summary>As the parameter is stored.</summary>
    private static Tensor Cast(Tensor value, Parameter parameter) => parameter.Turned(value).to(parameter.Value.dtype).contiguous().clone();

    private static IMergeableTuner Mergeable(Node node, object tuner) =>
        tuner as IMergeableTuner
        ?? throw new PeftException($"{tuner.GetType().Name} at '{node.Path}' cannot be merged into the weight; keep the adapter beside the model.");
}
