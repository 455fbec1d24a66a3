using PeftSharp.Kernels;
using PeftSharp.Models.Nodes;
using static TorchSharp.torch;

namespace PeftSharp.Models.Heads;

/// <summary>An encoder-decoder's next token of the text that it writes: logits over the vocabulary.</summary>
/// <param name="output">The output head.</param>
internal sealed class TargetToken(Linear output) : ITaskHead
{
    /// <summary>What hidden states are multiplied with first (T5's tied head), 1 for none.</summary>
    public double Scale { get; init; } = 1;

    /// <summary>What is added to the logits, (1, vocabulary), or null.</summary>
    public Tensor? Bias { get; init; }

    public Tensor? Reads(ModelInput input, Targets? targets, long front)
    {
        if (targets?.Labels is not { } labels)
            return null;
        using var scope = NewDisposeScope();
        Tensor all = ScalarMath.Range(0, labels.numel(), labels.device);
        return all.masked_select(labels.reshape(-1).NotEqualTo(CrossEntropy.Ignored)).MoveToOuterDisposeScope();
    }

    public Tensor Logits(Tensor hidden, ModelInput input, Pass pass)
    {
        using var scope = NewDisposeScope();
        Tensor logits = output.Forward(Scaled(hidden), pass);
        return (Bias is null ? logits : logits.Plus(Bias)).MoveToOuterDisposeScope();
    }

    /// <summary>Position t is judged by the label at t: the decoder reads the labels one place later.</summary>
    public LossSum Loss(Tensor hidden, ModelInput input, Targets targets, Pass pass)
    {
        const string Task = "An encoder-decoder";
        Tensor labels = targets.RequireLabels(Task);
        if (labels.dim() != 2 || labels.shape[1] != hidden.shape[1])
            throw new PeftException($"{Task} needs labels (batch, {hidden.shape[1]}), one for each of decoder_input_ids, not [{string.Join(", ", labels.shape)}].");
        using var scope = NewDisposeScope();
        long count = Classification.CheckRange(labels, output.OutFeatures, Task);
        Tensor sum = VocabularyHead.LossSum(Scaled(hidden), labels, output, targets, pass, Output, addsMore: Bias is not null);
        return new LossSum(sum.MoveToOuterDisposeScope(), count);

        Tensor Output(Tensor rows) => Bias is null ? output.Forward(rows, pass) : output.Forward(rows, pass).Plus(Bias);
    }

    private Tensor Scaled(Tensor hidden) => Scale == 1 ? hidden : hidden.Times(Scale);
}
