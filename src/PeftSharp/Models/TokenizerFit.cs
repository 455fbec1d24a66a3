using PeftSharp.Text;

namespace PeftSharp.Models;

/// <summary>A tokenizer gives only ids that the model has rows for.</summary>
internal static class TokenizerFit
{
    /// <summary>Checks a tokenizer against the rows of an embedding.</summary>
    /// <exception cref="PeftException">It has higher ids.</exception>
    public static void Require(Tokenizer tokenizer, long rows, string source)
    {
        if (tokenizer.MaxTokenId >= rows)
            throw new PeftException(
                $"{source} has ids up to {tokenizer.MaxTokenId} and the model's embedding only {rows} rows: they are of different models.");
    }
}
