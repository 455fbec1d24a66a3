namespace PeftSharp.Models.Families;

/// <summary>The token behind a text where a classifier of an encoder-decoder reads: <c>eos_token_id</c>.</summary>
internal static class EndToken
{
    /// <exception cref="PeftException">The config has none.</exception>
    public static long Of(ModelConfig config) => config.Has("eos_token_id")
        ? (long)config.Number("eos_token_id")
        : throw new PeftException($"{config.Source} has no 'eos_token_id', the token at which the classifier reads.");
}
