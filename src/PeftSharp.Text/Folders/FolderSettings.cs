using System.Globalization;
using System.Text.Json;
using PeftSharp.IO;
using PeftSharp.Text.Loading;

namespace PeftSharp.Text.Folders;

/// <summary>
/// What the files beside a vocabulary say: tokenizer_config.json, special_tokens_map.json, added_tokens.json, and
/// config.json for the kind of model. Each may be missing.
/// </summary>
internal sealed class FolderSettings
{
    /// <summary>The tokens that have a role, in the order in which they get ids.</summary>
    public static readonly string[] Roles =
        ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];

    private readonly JsonPart _config, _map, _added, _model;

    private FolderSettings(string folder)
    {
        Folder = folder;
        _config = Read("tokenizer_config.json");
        _map = Read("special_tokens_map.json");
        _added = Read("added_tokens.json");
        _model = Read("config.json");
    }

    public string Folder { get; }

    /// <summary>The tokenizer's class without its ending, <c>Llama</c> for <c>LlamaTokenizerFast</c>; null if none is named.</summary>
    public string? ClassName => (_config.Find("tokenizer_class") ?? _model.Find("tokenizer_class"))?.String() is { } name
        ? Without(Without(name, "Fast"), "Tokenizer")
        : null;

    public string? ModelType => _model.Find("model_type")?.String();

    public static FolderSettings Of(string folder) => new(folder);

    public string PathOf(string file) => Path.Combine(Folder, file);

    /// <summary>An option, or null where the file has none.</summary>
    public bool? Flag(string name) => _config.Find(name)?.Bool();

    public int? Count(string name, int max) => _config.Find(name)?.Count(max);

    /// <summary>A string, or null where the file has none.</summary>
    public string? Text(string name) => _config.Find(name)?.String();

    /// <summary>
    /// A token by its role, or null. As in transformers, special_tokens_map.json comes first where tokenizer_config.json
    /// has no <c>added_tokens_decoder</c>, which makes it the newer of the two.
    /// </summary>
    public SpecialToken? Token(string role) => Either(role) is { } part ? ReadToken(part) : null;

    public IEnumerable<SpecialToken> Additional() =>
        (Either("additional_special_tokens")?.Items() ?? []).Select(ReadToken);

    /// <summary>The tokens that the files give an id: <c>added_tokens_decoder</c>, else added_tokens.json.</summary>
    /// <param name="specials">The contents that make a token of added_tokens.json special.</param>
    public IEnumerable<AddedToken> WithIds(IReadOnlySet<string> specials)
    {
        if (_config.Find("added_tokens_decoder") is { } decoder)
            return Properties(decoder).Select(p => ReadToken(p.Value).With(ReadId(p), p.Value.Bool("special", ifMissing: false)));
        return Properties(_added).Select(p =>
            new AddedToken(p.Value.Id(), p.Name, false, false, false, !specials.Contains(p.Name), specials.Contains(p.Name)));
    }

    /// <summary>Whether tokenizer_config.json lists all added tokens, as transformers has written it since 2023.</summary>
    public bool ListsAddedTokens => _config.Find("added_tokens_decoder") is not null;

    public InvalidDataException Error(string message) => new($"{Folder}: {message}");

    private JsonPart? Either(string name) =>
        ListsAddedTokens ? _config.Find(name) ?? _map.Find(name) : _map.Find(name) ?? _config.Find(name);

    private static SpecialToken ReadToken(JsonPart part)
    {
        SpecialToken token = part.IsKind(JsonValueKind.Object)
            ? new SpecialToken(
                part.Get("content").String(),
                part.Bool("single_word", ifMissing: false),
                part.Bool("lstrip", ifMissing: false),
                part.Bool("rstrip", ifMissing: false),
                part.Bool("normalized", ifMissing: false))
            : new SpecialToken(part.String());
        return token.Content.Length > 0 ? token : throw part.Error("the token is empty.");
    }

    private static int ReadId((string Name, JsonPart Value) property) =>
        int.TryParse(property.Name, NumberStyles.None, CultureInfo.InvariantCulture, out int id)
            ? id
            : throw property.Value.Error($"\"{JsonPart.Shorten(property.Name)}\" is no token id.");

    private static IEnumerable<(string Name, JsonPart Value)> Properties(JsonPart part)
    {
        part.RequireKind(JsonValueKind.Object, "an object");
        return part.Element.EnumerateObject()
            .Select(p => (part.NameOf(p), new JsonPart(p.Value, part.File, $"{part.Path}[\"{JsonPart.Shorten(part.NameOf(p))}\"]")));
    }

    private JsonPart Read(string name)
    {
        string file = PathOf(name);
        using JsonDocument document = File.Exists(file) ? JsonFile.Parse(SmallFile.ReadBytes(file), file) : JsonDocument.Parse("{}");
        JsonPart part = new(document.RootElement.Clone(), file);
        part.RequireKind(JsonValueKind.Object, "an object");
        return part;
    }

    private static string Without(string name, string ending) =>
        name.EndsWith(ending, StringComparison.Ordinal) ? name[..^ending.Length] : name;
}
