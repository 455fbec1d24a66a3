namespace PeftSharp.Generation;

/// <summary>A generated text.</summary>
/// <param name="Text">What was added to the prompt, without special tokens and without the stop string.</param>
/// <param name="FinishReason">Why it ended.</param>
/// <param name="PromptTokens">The tokens of the prompt.</param>
/// <param name="CompletionTokens">The tokens generated, an end token and those of a stop string included.</param>
public sealed record GenerationResult(string Text, FinishReason FinishReason, int PromptTokens, int CompletionTokens)
{
    /// <summary>The tokens of prompt and text together.</summary>
    public int TotalTokens => PromptTokens + CompletionTokens;
}
