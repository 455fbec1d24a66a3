using PeftSharp.Text.Models;

namespace PeftSharp.Text.Folders;

/// <summary>A tokenizer in the making: the settings, the model, and the tokens with a role, all of which are added tokens.</summary>
internal sealed class FolderDraft
{
    private readonly Dictionary<string, SpecialToken> _roles;

    /// <param name="settings">What the files say.</param>
    /// <param name="model">The model of the vocabulary.</param>
    /// <param name="defaults">The family's own tokens by role.</param>
    /// <param name="further">Tokens that the vocabulary marks itself, and whether each is special; not asked for where the files list all.</param>
    public FolderDraft(
        FolderSettings settings,
        ITokenModel model,
        IReadOnlyDictionary<string, SpecialToken> defaults,
        IEnumerable<(SpecialToken Token, bool Special)> further)
    {
        Settings = settings;
        Model = model;
        Added = new AddedTokenList(settings, model.Vocabulary);
        _roles = FolderSettings.Roles
            .Select(role => (role, Token: settings.Token(role) is { } own ? Complete(own, defaults.GetValueOrDefault(role)) : defaults.GetValueOrDefault(role)))
            .Where(r => r.Token is not null)
            .ToDictionary(r => r.role, r => r.Token!);
        SpecialToken[] additional = [.. settings.Additional()];
        HashSet<string> specials = [.. _roles.Values.Select(t => t.Content), .. additional.Select(t => t.Content)];
        if (!settings.ListsAddedTokens)
            foreach ((SpecialToken token, bool special) in further)
                Added.Add(token, special || specials.Contains(token.Content));
        foreach (AddedToken token in settings.WithIds(specials))
            Added.Put(token);
        foreach (SpecialToken token in FolderSettings.Roles.Where(_roles.ContainsKey).Select(role => _roles[role]).Concat(additional))
            Added.Add(token);
    }

    public FolderSettings Settings { get; }

    public ITokenModel Model { get; }

    public AddedTokenList Added { get; }

    /// <summary>The id of the token of a role.</summary>
    public int IdOf(string role) => _roles.TryGetValue(role, out SpecialToken? token)
        ? Added.IdOf(token.Content)
        : throw Settings.Error($"the files name no {role}.");

    /// <summary>A token that the files give only by its text has the family's flags.</summary>
    private static SpecialToken Complete(SpecialToken own, SpecialToken? usual) =>
        usual is not null && own == new SpecialToken(own.Content) ? usual with { Content = own.Content } : own;
}
