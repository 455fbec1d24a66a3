using static TorchSharp.torch;

namespace PeftSharp.Kernels;

/// <summary>The one place where the loss of a position among a row's tokens is computed.</summary>
internal static class SpanLoss
{
    /// <summary>−log softmax(logits)[position] over the tokens of each row, summed over the rows whose position is one of them; fp32.</summary>
    /// <param name="logits">(rows, length).</param>
    /// <param name="mask">1 for a token and 0 for padding, (rows, length), or null.</param>
    /// <param name="positions">int64 (rows).</param>
    /// <param name="labelSmoothing">The share of the probability spread over all tokens of the row.</param>
    /// <returns>The sum and how many rows it counts.</returns>
    public static (Tensor Sum, long Count) Sum(Tensor logits, Tensor? mask, Tensor positions, double labelSmoothing = 0)
    {
        using var scope = NewDisposeScope();
        long length = logits.shape[1];
        Tensor wide = logits.AtLeastFloat32();
        Tensor place = positions.Between(0, length - 1).unsqueeze(1), counts = positions.NotBelow(0).logical_and(positions.Below(length));
        Tensor? padding = mask?.EqualTo(0);
        if (padding is not null)
        {
            wide = wide.Masked(padding, float.MinValue);
            counts = counts.logical_and(padding.gather(1, place).squeeze(1).logical_not());
        }
        Tensor likelihood = wide.log_softmax(-1);
        Tensor losses = likelihood.gather(1, place).squeeze(1).neg();
        if (labelSmoothing > 0)
        {
            Tensor all = padding is null ? likelihood : likelihood.Masked(padding, 0);
            Tensor tokens = mask is null ? ScalarMath.Repeated(length, positions.shape[0], logits.device) : mask.NotEqualTo(0).sum(1);
            losses = losses.Times(1 - labelSmoothing).Plus(all.sum(1).neg().div(tokens.to(ScalarType.Float32)).Times(labelSmoothing));
        }
        long count = counts.sum().item<long>();
        return (losses.Masked(counts.logical_not(), 0).sum().MoveToOuterDisposeScope(), count);
    }
}
