namespace PeftSharp.Text;

/// <summary>A token found in the text before the model sees it (<c>added_tokens</c> of tokenizer.json).</summary>
/// <param name="Id">The token id.</param>
/// <param name="Content">The text that is matched.</param>
/// <param name="SingleWord">Match only where no word character stands next to it.</param>
/// <param name="LeftStrip">Swallow whitespace to the left.</param>
/// <param name="RightStrip">Swallow whitespace to the right.</param>
/// <param name="Normalized">Match the normalized content in the normalized text, rather than the content in the raw text.</param>
/// <param name="Special">Left out of decoded text when special tokens are skipped.</param>
public sealed record AddedToken(
    int Id, string Content, bool SingleWord, bool LeftStrip, bool RightStrip, bool Normalized, bool Special);
