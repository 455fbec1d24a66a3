namespace PeftSharp.Generation;

/// <summary>The tokens added to one prompt.</summary>
/// <param name="Ids">The new tokens, with the end token if one came, without padding.</param>
/// <param name="FinishReason">Why it ended.</param>
/// <param name="PromptTokens">The number of tokens of the prompt.</param>
public sealed record GeneratedTokens(IReadOnlyList<int> Ids, FinishReason FinishReason, int PromptTokens);

/// <summary>Told of each new token as soon as it is chosen.</summary>
/// <param name="row">The prompt's number in the batch.</param>
/// <param name="token">The token.</param>
/// <returns>False to end this row.</returns>
public delegate bool TokenSink(int row, int token);
