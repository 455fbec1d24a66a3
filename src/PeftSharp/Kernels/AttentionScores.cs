namespace PeftSharp.Kernels;

/// <summary>How attention weights come from queries and keys: <c>dropout(softmax(cap(scale · q kᵀ) + mask))</c>.</summary>
/// <param name="Scale">What the products are multiplied with.</param>
/// <param name="SoftCap">cap(s) = c · tanh(s / c); null for s itself.</param>
/// <param name="Dropout">The probability of dropping a weight (0 in evaluation).</param>
internal readonly record struct AttentionScores(double Scale, double? SoftCap = null, double Dropout = 0)
{
    /// <summary>The usual ones of heads of a width: 1 / √width.</summary>
    public static AttentionScores Of(long headWidth, double dropout = 0) => new(1 / Math.Sqrt(headWidth), null, dropout);
}
