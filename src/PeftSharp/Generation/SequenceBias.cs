namespace PeftSharp.Generation;

/// <summary>A number added to the score of the token that would complete a sequence (<c>sequence_bias</c>).</summary>
/// <param name="TokenIds">The sequence, at least one token.</param>
/// <param name="Bias">Above 0 makes it likelier; −∞ forbids it.</param>
public sealed record SequenceBias(IReadOnlyList<int> TokenIds, double Bias);
