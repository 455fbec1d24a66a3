using PeftSharp.Kernels;
using PeftSharp.Models.Nodes;
using static TorchSharp.torch;

namespace PeftSharp.Models.Heads;

/// <summary>
/// An encoder's text classifier: classifier(dropout(act(dense(dropout(first token))))); the first token may be a virtual one, as
/// in HF. Where the dense part stands (BERT's pooler, RoBERTa's head) and whether values are dropped before it, a family says.
/// </summary>
/// <param name="dense">The product that reads the first token.</param>
/// <param name="activation">What follows it.</param>
/// <param name="classifier">The product that gives the labels.</param>
/// <param name="problem">What the labels mean, or null where nothing says so.</param>
internal sealed class FirstTokenClassifier(Linear dense, Func<Tensor, Tensor> activation, Linear classifier, ProblemType? problem) : ITaskHead
{
    /// <summary>The probability with which values of the first token are dropped in training.</summary>
    public double DropoutBefore { get; init; }

    /// <summary>The probability with which values are dropped before the labels.</summary>
    public double Dropout { get; init; }

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
        Tensor first = pass.Dropout(hidden.First(input, pass), DropoutBefore);
        Tensor pooled = activation(dense.Forward(first, pass));
        return classifier.Forward(pass.Dropout(pooled, Dropout), pass).MoveToOuterDisposeScope();
    }

    public LossSum Loss(Tensor hidden, ModelInput input, Targets targets, Pass pass)
    {
        using Tensor logits = Logits(hidden, input, pass);
        return Classification.OfRows(logits, targets, problem);
    }
}
