using PeftSharp.Text.Pipeline;

namespace PeftSharp.Text.Models;

/// <summary>Turns a piece into vocabulary ids. Immutable but for caches, and safe for many threads.</summary>
internal interface ITokenModel
{
    Vocabulary Vocabulary { get; }

    /// <summary>Adds the tokens of <paramref name="piece"/> (never empty), with positions in it.</summary>
    void Tokenize(ReadOnlySpan<char> piece, TokenBuffer tokens);
}
