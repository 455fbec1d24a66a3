using PeftSharp.Kernels;
using PeftSharp.Models.Nodes;
using static TorchSharp.torch;

namespace PeftSharp.Models.Heads;

/// <summary>BERT's text classifier: classifier(dropout(tanh(pooler(first token)))); the first token may be a virtual one, as in HF.</summary>
internal sealed class PooledClassifier(Linear pooler, Linear classifier, double dropout, ProblemType? problem) : ITaskHead
{
    public bool ReadsVirtualTokens => true;

    public Tensor? Reads(ModelInput input, Targets? targets, long front)
    {
        using var scope = NewDisposeScope();
        Tensor rows = ScalarMath.Range(0, input.InputIds.shape[0], input.InputIds.device).Times(front + input.InputIds.shape[1]);
        return (front == 0 && FrontRows.FirstTokens(input) is { } first ? rows.Plus(first) : rows).MoveToOuterDisposeScope();
    }

    public Tensor Logits(Tensor hidden, ModelInput input, Pass pass)
    {
        using var scope = NewDisposeScope();
        Tensor pooled = pooler.Forward(hidden.First(input, pass), pass).tanh();
        return classifier.Forward(pass.Dropout(pooled, dropout), pass).MoveToOuterDisposeScope();
    }

    public LossSum Loss(Tensor hidden, ModelInput input, Targets targets, Pass pass)
    {
        using Tensor logits = Logits(hidden, input, pass);
        return Classification.OfRows(logits, targets, problem);
    }
}
