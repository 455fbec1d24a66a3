using PeftSharp.Data;
using PeftSharp.Models;
using PeftSharp.Models.Blocks;
using static TorchSharp.torch;

namespace PeftSharp.Training;

/// <summary>
/// Runs the lowest layers, which nothing that is trained reaches, once for each example: later batches take its hidden
/// states from a <see cref="StateStore"/>.
/// </summary>
internal sealed class FrozenLayerCache : IDisposable
{
    private readonly BaseModel _model;
    private readonly FrozenLayersPlan _plan;
    private readonly TrainingData _data;
    private readonly StateStore _store;

    public FrozenLayerCache(BaseModel model, FrozenLayersPlan plan, TrainingData data)
    {
        (_model, _plan, _data) = (model, plan, data);
        _store = new StateStore(plan.Folder is null ? StateMemory.OnHeap(plan.Bytes) : StateMemory.InFile(plan.Folder, plan.Bytes), plan, data.Train);
    }

    /// <summary>The layers that a batch still has to run. Its tensors belong to the dispose scope of the caller.</summary>
    /// <param name="input">The batch.</param>
    /// <param name="examples">The example of each row.</param>
    public LayerPart Begin(ModelInput input, ReadOnlySpan<int> examples)
    {
        using var scope = NewDisposeScope();
        List<long> missing = [];
        for (int row = 0; row < examples.Length; row++)
            if (!_store.Has(examples[row]))
                missing.Add(row);
        Tensor? computed = missing.Count == 0 ? null : Compute(missing.Count == examples.Length ? input : Rows(input, missing));
        Tensor onCpu = computed?.to(CPU).contiguous() ?? empty(0);
        long width = input.InputIds.shape[1];
        for (int i = 0; i < missing.Count; i++)
            _store.Write(examples[(int)missing[i]], onCpu, i, First(examples[(int)missing[i]], width));
        if (missing.Count == examples.Length)
            return LayerPart.From(_plan.Layers, computed!.MoveToOuterDisposeScope());

        // What stands at padding is read by nothing.
        Tensor all = zeros([examples.Length, width, _model.HiddenSize], dtype: _model.Dtype);
        for (int row = 0, next = 0; row < examples.Length; row++)
            if (next < missing.Count && missing[next] == row)
                all[row].copy_(onCpu[next++]);
            else
                _store.Read(examples[row], all, row, First(examples[row], width));
        return LayerPart.From(_plan.Layers, all.to(_model.Device).MoveToOuterDisposeScope());
    }

    public void Dispose() => _store.Dispose();

    private Tensor Compute(ModelInput input)
    {
        using var noGrad = no_grad();
        return _model.InputOf(_plan.Layers, input);
    }

    private long First(int example, long width) => _data.Padding == PaddingSide.Left ? width - _data.Train[example].Length : 0;

    private static ModelInput Rows(ModelInput input, List<long> rows)
    {
        Tensor wanted = tensor(rows.ToArray(), device: input.InputIds.device);
        return new ModelInput
        {
            InputIds = input.InputIds.index_select(0, wanted),
            AttentionMask = input.AttentionMask?.index_select(0, wanted),
            TokenTypeIds = input.TokenTypeIds?.index_select(0, wanted),
            PositionIds = input.PositionIds?.index_select(0, wanted),
        };
    }
}
