using PeftSharp.Models.Nodes;
using static TorchSharp.torch;

namespace PeftSharp.Models.Heads;

/// <summary>BERT's text classifier: classifier(dropout(tanh(pooler(first token)))).</summary>
internal sealed class PooledClassifier(Linear pooler, Linear classifier, double dropout) : ITaskHead
{
    public Tensor Logits(Tensor hidden, ModelInput input, Pass pass)
    {
        using var scope = NewDisposeScope();
        Tensor pooled = pooler.Forward(hidden.select(1, 0), pass).tanh();
        return classifier.Forward(pass.Dropout(pooled, dropout), pass).MoveToOuterDisposeScope();
    }

    public LossSum Loss(Tensor hidden, ModelInput input, Targets targets, Pass pass)
    {
        using Tensor logits = Logits(hidden, input, pass);
        return Classification.Loss(logits, targets, "Sequence classification");
    }
}
