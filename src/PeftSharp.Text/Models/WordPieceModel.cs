using PeftSharp.Text.Loading;
using PeftSharp.Text.Pipeline;

namespace PeftSharp.Text.Models;

/// <summary>WordPiece (Schuster and Nakajima 2012; BERT): greedy longest match from the left, or unknown as a whole.</summary>
internal sealed class WordPieceModel : ITokenModel
{
    private readonly string _prefix;
    private readonly int _unknownId;
    private readonly int _maxChars;
    private readonly WordCache _cache = new();

    public WordPieceModel(Vocabulary vocabulary, string prefix, int unknownId, int maxCharsPerWord)
    {
        Vocabulary = vocabulary;
        _prefix = prefix;
        _unknownId = unknownId;
        _maxChars = maxCharsPerWord;
    }

    public Vocabulary Vocabulary { get; }

    public static WordPieceModel Read(JsonPart part)
    {
        part.AllowOnly("type", "unk_token", "continuing_subword_prefix", "max_input_chars_per_word", "vocab");
        Vocabulary vocabulary = Vocabulary.Read(part.Get("vocab"));
        JsonPart unknown = part.Get("unk_token");
        if (!vocabulary.TryGetId(unknown.String(), out int unknownId))
            throw unknown.Error($"the unknown token \"{JsonPart.Shorten(unknown.String())}\" is not in the vocabulary.");
        return new WordPieceModel(
            vocabulary,
            part.Get("continuing_subword_prefix").String(),
            unknownId,
            part.Get("max_input_chars_per_word").Count());
    }

    public void Tokenize(ReadOnlySpan<char> piece, TokenBuffer tokens)
    {
        if (_cache.TryReplay(piece, tokens))
            return;
        int first = tokens.Count;
        if (!TryCut(piece, tokens))
        {
            tokens.RemoveFrom(first);
            tokens.Add(_unknownId, 0, piece.Length);
        }
        _cache.Store(piece, tokens, first);
    }

    private bool TryCut(ReadOnlySpan<char> word, TokenBuffer tokens)
    {
        if (word.Length > _maxChars && CountScalars(word) > _maxChars)
            return false;
        int longest = Vocabulary.MaxTokenLength;
        char[] buffer = System.Buffers.ArrayPool<char>.Shared.Rent(_prefix.Length + Math.Min(longest, word.Length) + 1);
        try
        {
            _prefix.CopyTo(buffer);
            for (int start = 0; start < word.Length;)
            {
                int length = LongestAt(word[start..], start > 0, buffer, out int id);
                if (length == 0)
                    return false;
                tokens.Add(id, start, start + length);
                start += length;
            }
            return true;
        }
        finally
        {
            System.Buffers.ArrayPool<char>.Shared.Return(buffer);
        }
    }

    private int LongestAt(ReadOnlySpan<char> rest, bool continuing, char[] buffer, out int id)
    {
        int prefix = continuing ? _prefix.Length : 0;
        int length = Math.Min(rest.Length, Vocabulary.MaxTokenLength - prefix);
        if (continuing && length > 0)
            rest[..length].CopyTo(buffer.AsSpan(prefix));
        for (; length > 0; length--)
        {
            ReadOnlySpan<char> candidate = continuing ? buffer.AsSpan(0, prefix + length) : rest[..length];
            if (Vocabulary.TryGetId(candidate, out id))
                return length;
        }
        id = -1;
        return 0;
    }

    private static int CountScalars(ReadOnlySpan<char> text)
    {
        int count = text.Length;
        foreach (char c in text)
            if (char.IsLowSurrogate(c))
                count--;
        return count;
    }
}
