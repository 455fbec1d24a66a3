using PeftSharp.Text.Loading;
using PeftSharp.Text.Pipeline;

namespace PeftSharp.Text.Models;

/// <summary>Every piece is one token, or unknown.</summary>
internal sealed class WordLevelModel : ITokenModel
{
    private readonly string _unknown;

    public WordLevelModel(Vocabulary vocabulary, string unknown)
    {
        Vocabulary = vocabulary;
        _unknown = unknown;
    }

    public Vocabulary Vocabulary { get; }

    public static WordLevelModel Read(JsonPart part)
    {
        part.AllowOnly("type", "unk_token", "vocab");
        return new WordLevelModel(Vocabulary.Read(part.Get("vocab")), part.Get("unk_token").String());
    }

    public void Tokenize(ReadOnlySpan<char> piece, TokenBuffer tokens)
    {
        if (!Vocabulary.TryGetId(piece, out int id) && !Vocabulary.TryGetId(_unknown, out id))
            throw new InvalidDataException(
                $"The tokenizer's vocabulary has neither \"{JsonPart.Shorten(piece.ToString())}\" nor the unknown token \"{JsonPart.Shorten(_unknown)}\".");
        tokens.Add(id, 0, piece.Length);
    }
}
