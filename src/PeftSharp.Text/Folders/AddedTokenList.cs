using PeftSharp.Text.Loading;
using PeftSharp.Text.Models;

namespace PeftSharp.Text.Folders;

/// <summary>The added tokens of a tokenizer in the making, each with the id of the vocabulary or one behind all others.</summary>
internal sealed class AddedTokenList
{
    private readonly FolderSettings _settings;
    private readonly Vocabulary _vocabulary;
    private readonly SortedDictionary<int, AddedToken> _byId = [];
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private int _next;

    public AddedTokenList(FolderSettings settings, Vocabulary vocabulary)
    {
        _settings = settings;
        _vocabulary = vocabulary;
        _next = vocabulary.MaxId + 1;
    }

    public IReadOnlyList<AddedToken> Tokens => [.. _byId.Values];

    /// <summary>Adds a token, unless it is there already.</summary>
    public void Add(SpecialToken token, bool special = true)
    {
        if (!_ids.ContainsKey(token.Content))
            Put(token.With(_vocabulary.TryGetId(token.Content, out int known) ? known : _next, special));
    }

    /// <summary>Adds a token that has an id.</summary>
    public void Put(AddedToken token)
    {
        if (_byId.TryGetValue(token.Id, out AddedToken? other) && other.Content != token.Content
            || _vocabulary.TokenOf(token.Id) is { } own && own != token.Content)
            throw _settings.Error($"the id {token.Id} of the added token \"{JsonPart.Shorten(token.Content)}\" belongs to "
                + $"\"{JsonPart.Shorten(other?.Content ?? _vocabulary.TokenOf(token.Id)!)}\".");
        if (_vocabulary.TryGetId(token.Content, out int known) && known != token.Id || _ids.TryGetValue(token.Content, out known) && known != token.Id)
            throw _settings.Error($"the added token \"{JsonPart.Shorten(token.Content)}\" has the ids {token.Id} and {known}.");
        _byId[token.Id] = token;
        _ids[token.Content] = token.Id;
        if (token.Id >= _next)
            _next = token.Id == int.MaxValue ? throw _settings.Error($"the id {token.Id} of an added token is too large.") : token.Id + 1;
    }

    /// <summary>The id of a token that is there.</summary>
    public int IdOf(string content) => _ids.TryGetValue(content, out int id) || _vocabulary.TryGetId(content, out id)
        ? id
        : throw _settings.Error($"the tokenizer needs the token \"{JsonPart.Shorten(content)}\", which the vocabulary does not have.");
}
