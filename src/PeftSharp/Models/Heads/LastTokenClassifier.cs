using PeftSharp.Kernels;
using PeftSharp.Models.Nodes;
using static TorchSharp.torch;

namespace PeftSharp.Models.Heads;

/// <summary>
/// A decoder's text classifier: score(hidden state of the last token that is not padding). What is padding the mask says
/// and no token's id: a text may end in the token that pads, and without a mask nothing is padding.
/// </summary>
internal sealed class LastTokenClassifier(Linear score, ProblemType? problem) : ITaskHead
{
    public bool ReadsVirtualTokens => true;

    public Tensor? Reads(ModelInput input, Targets? targets, long front)
    {
        using var scope = NewDisposeScope();
        (long batch, long length) = (input.InputIds.shape[0], input.InputIds.shape[1]);
        Device device = input.InputIds.device;
        Tensor last = input.AttentionMask is { } mask
            ? ScalarMath.Range(0, length, device).mul(mask.NotEqualTo(0).to(ScalarType.Int64)).amax([1])
            : ScalarMath.Repeated(length - 1, batch, device);
        return ScalarMath.Range(0, batch, device).Times(front + length).Plus(front).Plus(last).MoveToOuterDisposeScope();
    }

    public Tensor Logits(Tensor hidden, ModelInput input, Pass pass)
    {
        using var scope = NewDisposeScope();
        (long batch, long all) = (hidden.shape[0], hidden.shape[1]);
        Tensor rows = Reads(input, null, all - input.InputIds.shape[1])!;
        Tensor picked = hidden.reshape(batch * all, -1).index_select(0, rows);
        return score.Forward(picked, pass).MoveToOuterDisposeScope();
    }

    public LossSum Loss(Tensor hidden, ModelInput input, Targets targets, Pass pass)
    {
        using Tensor logits = Logits(hidden, input, pass);
        return Classification.OfRows(logits, targets, problem);
    }
}
