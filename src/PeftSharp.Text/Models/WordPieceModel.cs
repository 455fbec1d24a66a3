using PeftSharp.Text.Loading;
using PeftSharp.Text.Pipeline;

namespace PeftSharp.Text.Models;

/// <summary>WordPiece (Schuster and Nakajima 2012; BERT): greedy longest match from the left, or unknown as a whole.</summary>
internal sealed class WordPieceModel : ITokenModel
{
    /// <summary>Longest token, in UTF-16 units, where words may be longer: the work on a text grows with it.</summary>
    private const int MaxTokenLength = 2048;

    private readonly CharTrie _trie = new();
    private readonly int _continuing;
    private readonly int _unknownId;
    private readonly int _maxChars;
    private readonly WordCache _cache = new();

    public WordPieceModel(Vocabulary vocabulary, string prefix, int unknownId, int maxCharsPerWord)
    {
        Vocabulary = vocabulary;
        foreach ((string token, int id) in vocabulary.Tokens)
            if (token.Length > 0)
                _trie.Add(token, id);
        _continuing = _trie.Find(prefix);
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
        int maxChars = part.Get("max_input_chars_per_word").Count();
        if (Math.Min(maxChars, vocabulary.MaxTokenLength) > MaxTokenLength)
            throw part.Error($"words may have {maxChars} characters and a token has {vocabulary.MaxTokenLength}; one of them must be at most {MaxTokenLength}.");
        return new WordPieceModel(vocabulary, part.Get("continuing_subword_prefix").String(), unknownId, maxChars);
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
        for (int start = 0; start < word.Length;)
        {
            int length = LongestAt(word[start..], start > 0 ? _continuing : CharTrie.Root, out int id);
            if (length == 0)
                return false;
            tokens.Add(id, start, start + length);
            start += length;
        }
        return true;
    }

    private int LongestAt(ReadOnlySpan<char> rest, int node, out int id)
    {
        ReadOnlySpan<int> tokens = _trie.Tokens;
        (int length, id) = (0, -1);
        for (int i = 0; i < rest.Length && node >= 0; i++)
        {
            node = _trie.Next(node, rest[i]);
            if (node >= 0 && tokens[node] >= 0)
                (length, id) = (i + 1, tokens[node]);
        }
        return length;
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
