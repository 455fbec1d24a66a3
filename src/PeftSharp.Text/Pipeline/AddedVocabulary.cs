using PeftSharp.Text.Models;
using PeftSharp.Text.Normalizers;

namespace PeftSharp.Text.Pipeline;

/// <summary>The added tokens of a tokenizer, on top of its model's vocabulary.</summary>
internal sealed class AddedVocabulary
{
    private readonly Dictionary<int, AddedToken> _byId = [];
    private readonly Dictionary<string, AddedToken> _byContent = new(StringComparer.Ordinal);
    private readonly Dictionary<int, string> _decodedAs = [];
    private readonly HashSet<string> _special = new(StringComparer.Ordinal);

    public AddedVocabulary(IReadOnlyList<AddedToken> tokens, INormalizer? normalizer, Vocabulary vocabulary)
    {
        Tokens = tokens;
        List<(string, AddedToken)> raw = [], normalized = [];
        NormalizedText scratch = new();
        foreach (AddedToken token in tokens)
        {
            _byId.Add(token.Id, token);
            _byContent.Add(token.Content, token);
            if (token.Special)
                _special.Add(token.Content);
            if (!vocabulary.TryGetId(token.Content, out _))
                CountBeyondModel++;
            if (!token.Normalized)
            {
                raw.Add((token.Content, token));
                continue;
            }
            scratch.Reset(token.Content, 0);
            normalizer?.Apply(scratch);
            string pattern = scratch.Chars.ToString();
            normalized.Add((pattern, token));
            if (pattern != token.Content)
                _decodedAs[token.Id] = pattern;
        }
        Raw = new AddedTokenMatcher(raw);
        Normalized = new AddedTokenMatcher(normalized);
    }

    public IReadOnlyList<AddedToken> Tokens { get; }

    /// <summary>How many of them the model's vocabulary does not have.</summary>
    public int CountBeyondModel { get; }

    /// <summary>Finds the tokens that match raw text.</summary>
    public AddedTokenMatcher Raw { get; }

    /// <summary>Finds the tokens that match normalized text.</summary>
    public AddedTokenMatcher Normalized { get; }

    public int? IdOf(string content) => _byContent.TryGetValue(content, out AddedToken? token) ? token.Id : null;

    public string? ContentOf(int id) => _byId.TryGetValue(id, out AddedToken? token) ? token.Content : null;

    public bool IsSpecial(int id) => _byId.TryGetValue(id, out AddedToken? token) && token.Special;

    /// <summary>What decoding starts from: the normalized content where the token was matched in normalized text.</summary>
    public string? DecodedTextOf(int id) => _decodedAs.TryGetValue(id, out string? text) ? text : ContentOf(id);

    /// <summary>Whether decoding leaves out a token of that text.</summary>
    public bool IsSpecialText(string token) => _special.Contains(token);
}
