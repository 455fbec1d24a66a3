using PeftSharp.Models.Nodes;
using static TorchSharp.torch;

namespace PeftSharp.Models.Heads;

/// <summary>One label for each token: classifier(dropout(hidden)).</summary>
internal sealed class TokenClassifier(Linear classifier, double dropout) : ITaskHead
{
    public Tensor Logits(Tensor hidden, ModelInput input, Pass pass)
    {
        using var scope = NewDisposeScope();
        return classifier.Forward(pass.Dropout(hidden, dropout), pass).MoveToOuterDisposeScope();
    }

    public LossSum Loss(Tensor hidden, ModelInput input, Targets targets, Pass pass)
    {
        using Tensor tokens = hidden.OfTokens(input, pass);
        using Tensor logits = Logits(tokens, input, pass);
        return Classification.Loss(logits, targets, "Token classification");
    }
}
