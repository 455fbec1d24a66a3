using PeftSharp.Kernels;
using PeftSharp.Models.Nodes;
using static TorchSharp.torch;

namespace PeftSharp.Models.Heads;

/// <summary>One label for each token: classifier(dropout(hidden)).</summary>
internal sealed class TokenClassifier(Linear classifier, double dropout) : ITaskHead
{
    /// <summary>For the loss the labelled ones; all where virtual tokens may stand among the tokens.</summary>
    public Tensor? Reads(ModelInput input, Targets? targets, long front)
    {
        if (front > 0 || targets?.Labels is not { } labels || !labels.shape.SequenceEqual(input.InputIds.shape))
            return null;
        using var scope = NewDisposeScope();
        Tensor all = ScalarMath.Range(0, labels.numel(), labels.device);
        return all.masked_select(labels.reshape(-1).NotEqualTo(CrossEntropy.Ignored)).MoveToOuterDisposeScope();
    }

    public Tensor Logits(Tensor hidden, ModelInput input, Pass pass)
    {
        using var scope = NewDisposeScope();
        return classifier.Forward(pass.Dropout(hidden, dropout), pass).MoveToOuterDisposeScope();
    }

    public LossSum Loss(Tensor hidden, ModelInput input, Targets targets, Pass pass)
    {
        using Tensor tokens = hidden.OfTokens(input, pass);
        using Tensor logits = Logits(tokens, input, pass);
        return Classification.OfClasses(logits, targets, "Token classification");
    }
}
