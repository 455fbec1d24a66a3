using PeftSharp.Kernels;
using PeftSharp.Models.Nodes;
using static TorchSharp.torch;

namespace PeftSharp.Models.Heads;

/// <summary>
/// An encoder-decoder's text classifier, whose decoder reads the text once more: out(tanh(dense(hidden state of the last end
/// token))), as in BART and T5.
/// </summary>
internal sealed class EndTokenClassifier(Linear dense, Linear output, long endToken, double dropout, ProblemType? problem) : ITaskHead
{
    public Tensor? Reads(ModelInput input, Targets? targets, long front)
    {
        using var scope = NewDisposeScope();
        Tensor ids = input.InputIds;
        (long batch, long length) = (ids.shape[0], ids.shape[1]);
        Tensor ends = ids.EqualTo(endToken);
        if (!ends.any(1).all().item<bool>())
            throw new PeftException($"A row has no end token ({endToken}), which is where the class is read; the tokenizer puts it behind each text, and max_length must not cut it off.");
        Tensor last = ScalarMath.Range(0, length, ids.device).mul(ends.to(ScalarType.Int64)).amax([1]);
        return ScalarMath.Range(0, batch, ids.device).Times(length).Plus(last).MoveToOuterDisposeScope();
    }

    public Tensor Logits(Tensor hidden, ModelInput input, Pass pass)
    {
        using var scope = NewDisposeScope();
        Tensor picked = hidden.reshape(-1, hidden.shape[^1]).index_select(0, Reads(input, null, 0)!);
        Tensor active = dense.Forward(pass.Dropout(picked, dropout), pass).tanh();
        return output.Forward(pass.Dropout(active, dropout), pass).MoveToOuterDisposeScope();
    }

    public LossSum Loss(Tensor hidden, ModelInput input, Targets targets, Pass pass)
    {
        using Tensor logits = Logits(hidden, input, pass);
        return Classification.OfRows(logits, targets, problem);
    }
}
