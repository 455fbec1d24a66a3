namespace PeftSharp.Text.Chat;

/// <summary>A rendered conversation.</summary>
/// <param name="Text">The text, special tokens included: it is encoded without adding any.</param>
/// <param name="AssistantSpans">
/// Where the model's own words stand, in code points, in order; null if the template does not mark them, or marks them where
/// their place in the text is not known.
/// </param>
public sealed record ChatRendering(string Text, IReadOnlyList<TokenOffset>? AssistantSpans);
