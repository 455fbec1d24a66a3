using PeftSharp.Kernels;
using PeftSharp.Methods.Bottleneck;
using PeftSharp.Models.Slots;
using static TorchSharp.torch;

namespace PeftSharp.Methods.AdapterFusion;

/// <summary>
/// An attention over the updates uᵢ of adapters: a = Σ pᵢ W_v uᵢ + r with p = softmax((W_q q + b_q) · (W_k uᵢ + b_k) / T) over
/// the adapters, at every position for itself. Input z, residual r and the end are the last adapter's; q is z, or h before
/// the norm; for parallel adapters q = r = x, and h is added too.
/// </summary>
internal sealed class FusedAdapters(FusionPlace place, IReadOnlyList<BottleneckTuner> adapters) : ISubLayerTuner
{
    /// <summary>The temperature falls with every pass.</summary>
    public bool ChangesByUse => place.Temperature is not null;

    public Tensor Adapt(Tensor hidden, Tensor residual, in SubLayerCall call)
    {
        FusionOptions options = place.Options;
        BottleneckTuner last = adapters[^1];
        (Tensor input, Tensor added) = last.Enter(hidden, residual, call);
        Tensor own = last.IsParallel ? residual : added;
        Tensor query = last.IsParallel ? residual : options.QueryBeforeNorm ? hidden : input;

        // (batch, length, adapters, width)
        List<Tensor> outputs = [];
        foreach (BottleneckTuner adapter in adapters)
            outputs.Add(adapter.Update(input, call.Pass));
        Tensor updates = stack(outputs, 2);
        if (options.ResidualBefore)
            updates = updates.Plus(own.unsqueeze(2));

        Tensor values = options.ValueBeforeSoftmax ? Project(updates) : updates;
        Tensor scores = (place.Key?.Forward(updates) ?? updates).matmul((place.Query?.Forward(query) ?? query).unsqueeze(-1));
        scores = call.Pass.Dropout(scores, place.Dropout);
        double temperature = place.Cool(call.Pass);
        Tensor shares = (temperature == 1 ? scores : scores.DividedBy(temperature)).softmax(2);
        Tensor mixed = shares.mul(values).sum(2);
        if (!options.ValueBeforeSoftmax)
            mixed = Project(mixed);
        if (!options.ResidualBefore)
            mixed = mixed.Plus(own);
        return last.IsParallel ? mixed.Plus(hidden) : mixed;
    }

    public Tensor Close(Tensor adapted, Tensor residual, in SubLayerCall call) => adapters[^1].Close(adapted, residual, call);

    private Tensor Project(Tensor x) => place.Value is null ? x : Products.Linear(x, place.Value.to(x.dtype));
}
