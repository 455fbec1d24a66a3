namespace PeftSharp.Generation;

/// <summary>Makes end tokens likelier the longer a text is (<c>exponential_decay_length_penalty</c>).</summary>
/// <param name="StartIndex">The new tokens before it begins.</param>
/// <param name="DecayFactor">What it grows by with each token, above 1 for shorter texts.</param>
public sealed record LengthDecayPenalty(int StartIndex, double DecayFactor);
