using PeftSharp.Kernels;
using PeftSharp.Models.Nodes;
using static TorchSharp.torch;

namespace PeftSharp.Models.Heads;

/// <summary>A decoder's text classifier: score(hidden state of the last token that is not padding).</summary>
internal sealed class LastTokenClassifier(Linear score, long? paddingId) : ITaskHead
{
    public bool ReadsVirtualTokens => true;

    public Tensor Logits(Tensor hidden, ModelInput input, Pass pass)
    {
        using var scope = NewDisposeScope();
        (long batch, long all) = (hidden.shape[0], hidden.shape[1]);
        long length = input.InputIds.shape[1];
        Tensor positions = ScalarMath.Range(0, length, hidden.device);
        // By the mask where there is one; a pad token inside the text is text.
        Tensor? real = input.AttentionMask?.NotEqualTo(0) ?? (paddingId is { } padding ? input.InputIds.NotEqualTo(padding) : null);
        Tensor last = real is null
            ? ScalarMath.Repeated(length - 1, batch, hidden.device)
            : positions.mul(real.to(ScalarType.Int64)).amax([1]);
        Tensor rows = ScalarMath.Range(0, batch, hidden.device);
        Tensor picked = hidden.reshape(batch * all, -1).index_select(0, rows.Times(all).Plus(all - length).Plus(last));
        return score.Forward(picked, pass).MoveToOuterDisposeScope();
    }

    public LossSum Loss(Tensor hidden, ModelInput input, Targets targets, Pass pass)
    {
        using Tensor logits = Logits(hidden, input, pass);
        return Classification.Loss(logits, targets, "Sequence classification");
    }
}
