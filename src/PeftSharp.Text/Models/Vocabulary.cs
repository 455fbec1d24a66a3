using System.Globalization;
using System.Text.Json;
using PeftSharp.Text.Loading;

namespace PeftSharp.Text.Models;

/// <summary>Tokens by id and ids by token. Ids may have holes; neither tokens nor ids may repeat, unless they come as a list.</summary>
internal sealed class Vocabulary
{
    private readonly Dictionary<string, int> _ids;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private readonly Dictionary<int, string>? _sparse;
    private readonly string?[] _dense = [];

    public Vocabulary(IReadOnlyCollection<KeyValuePair<string, int>> tokens)
    {
        _ids = new Dictionary<string, int>(tokens.Count, StringComparer.Ordinal);
        MaxId = -1;
        foreach ((string token, int id) in tokens)
        {
            _ids.Add(token, id);
            MaxId = Math.Max(MaxId, id);
            MaxTokenLength = Math.Max(MaxTokenLength, token.Length);
        }
        Count = _ids.Count;
        _lookup = _ids.GetAlternateLookup<ReadOnlySpan<char>>();
        if (MaxId < (4L * _ids.Count) + 1024)
            _dense = new string?[MaxId + 1];
        else
            _sparse = new Dictionary<int, string>(_ids.Count);
        foreach ((string token, int id) in tokens)
        {
            if (TokenOf(id) is { } other)
                throw new ArgumentException($"tokens \"{JsonPart.Shorten(other)}\" and \"{JsonPart.Shorten(token)}\" have the same id {id}.");
            if (_sparse is null)
                _dense[id] = token;
            else
                _sparse[id] = token;
        }
    }

    private Vocabulary(IReadOnlyList<string> tokens)
    {
        _ids = new Dictionary<string, int>(tokens.Count, StringComparer.Ordinal);
        for (int id = 0; id < tokens.Count; id++)
            _ids[tokens[id]] = id;
        _lookup = _ids.GetAlternateLookup<ReadOnlySpan<char>>();
        _dense = [.. tokens];
        Count = tokens.Count;
        MaxId = tokens.Count - 1;
        MaxTokenLength = tokens.Select(t => t.Length).DefaultIfEmpty(0).Max();
    }

    /// <summary>How many ids there are.</summary>
    public int Count { get; }

    /// <summary>Tokens by id from 0. One that stands twice has the later id, as in Hugging Face's library, and both read back as it.</summary>
    public static Vocabulary OfList(IReadOnlyList<string> tokens) => new(tokens);

    /// <summary>The largest id, −1 if empty.</summary>
    public int MaxId { get; }

    /// <summary>Length of the longest token in UTF-16 units.</summary>
    public int MaxTokenLength { get; }

    public IEnumerable<KeyValuePair<string, int>> Tokens => _ids;

    /// <summary>Reads the object <c>{"token": id, …}</c>.</summary>
    public static Vocabulary Read(JsonPart part)
    {
        part.RequireKind(JsonValueKind.Object, "an object of tokens and their ids");
        List<KeyValuePair<string, int>> tokens = [];
        foreach (JsonProperty property in part.Element.EnumerateObject())
        {
            string token = part.NameOf(property);
            if (property.Value.ValueKind != JsonValueKind.Number || !property.Value.TryGetInt32(out int id) || id < 0)
                throw new JsonPart(property.Value, part.File, $"{part.Path}[\"{JsonPart.Shorten(token)}\"]").Expected("a token id");
            tokens.Add(new(token, id));
        }
        try
        {
            return new Vocabulary(tokens);
        }
        catch (ArgumentException e)
        {
            throw part.Error(e.Message);
        }
    }

    /// <summary>The ids of the tokens <c>&lt;0x00&gt;</c> to <c>&lt;0xFF&gt;</c>, −1 for those that are missing.</summary>
    public int[] ByteIds() =>
        [.. Enumerable.Range(0, 256).Select(value => TryGetId(string.Create(CultureInfo.InvariantCulture, $"<0x{value:X2}>"), out int id) ? id : -1)];

    public bool TryGetId(ReadOnlySpan<char> token, out int id) => _lookup.TryGetValue(token, out id);

    public string? TokenOf(int id)
    {
        if (_sparse is not null)
            return _sparse.GetValueOrDefault(id);
        return (uint)id < (uint)_dense.Length ? _dense[id] : null;
    }
}
