using PeftSharp.Data;

namespace PeftSharp.Workflows.Configuration;

/// <summary>A set of known keys: finds them by full name or by short name, and says what is near a wrong one.</summary>
public sealed class ConfigSchema
{
    private readonly Dictionary<string, ConfigKey> _byFullName;
    private readonly ILookup<string, ConfigKey> _byName;
    private readonly Dictionary<string, ConfigKey> _byAlias;

    /// <summary>A schema of these keys.</summary>
    public ConfigSchema(IEnumerable<ConfigKey> keys)
    {
        Keys = [.. keys];
        _byFullName = Keys.ToDictionary(key => key.FullName, StringComparer.Ordinal);
        _byName = Keys.ToLookup(key => key.Name, StringComparer.Ordinal);
        _byAlias = Keys.SelectMany(key => key.Aliases.Select(alias => (alias, key)))
            .Where(pair => !_byName.Contains(pair.alias))
            .ToDictionary(pair => pair.alias, pair => pair.key, StringComparer.Ordinal);
    }

    /// <summary>The keys of a training run.</summary>
    public static ConfigSchema OfTraining { get; } =
        new([.. ConfigKeys.OfRun, .. ConfigKeys.OfPeft, .. ConfigKeys.OfData, .. ConfigKeys.OfTraining]);

    /// <summary>All keys, in the order of help.</summary>
    public IReadOnlyList<ConfigKey> Keys { get; }

    /// <summary>The names of the sections.</summary>
    public IEnumerable<string> Sections => Keys.Select(key => key.Section).Where(section => section.Length > 0).Distinct();

    /// <summary>The keys that a short name may mean.</summary>
    public IReadOnlyList<ConfigKey> Candidates(string name) => [.. _byName[name]];

    /// <summary>The other names of a key that mean no key of these by themselves.</summary>
    public IEnumerable<string> AliasesOf(ConfigKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return key.Aliases.Where(_byAlias.ContainsKey);
    }

    /// <summary>The short names that mean one key only.</summary>
    public bool IsUnambiguous(ConfigKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return key.Section.Length == 0 || (_byName[key.Name].Count() == 1 && !_byFullName.ContainsKey(key.Name));
    }

    /// <summary>The key of a section.</summary>
    /// <param name="section">The section, or empty.</param>
    /// <param name="name">The key in it.</param>
    /// <param name="place">For the message.</param>
    /// <exception cref="ConfigException">There is none; the message names the nearest.</exception>
    public ConfigKey Find(string section, string name, string place) =>
        _byFullName.TryGetValue(section.Length == 0 ? name : $"{section}.{name}", out ConfigKey? key) && key.Section == section
            ? key
            : throw Unknown(section, name, place);

    /// <summary>The key of a flag, by full or short name.</summary>
    /// <param name="flag">Without the dashes.</param>
    /// <exception cref="ConfigException">There is none, or the short name may mean several.</exception>
    public ConfigKey FindFlag(string flag) => FindByName(flag, "--", $"unknown option --{flag}", $"--{flag}");

    /// <summary>The key of a member of a mapping that has no sections, by full or short name.</summary>
    /// <param name="name">The member.</param>
    /// <param name="place">For the message.</param>
    /// <exception cref="ConfigException">There is none, or the short name may mean several.</exception>
    internal ConfigKey FindMember(string name, string place) => FindByName(name, "", $"{place}: unknown key \"{name}\"", $"{place}: \"{name}\"");

    private ConfigKey FindByName(string name, string prefix, string unknown, string ambiguous)
    {
        if (_byFullName.TryGetValue(name, out ConfigKey? key))
            return key;
        if (_byAlias.TryGetValue(name, out key))
            return key;
        IReadOnlyList<ConfigKey> candidates = Candidates(name);
        return candidates.Count switch
        {
            1 => candidates[0],
            0 => throw new ConfigException($"{unknown}{Suggestion(name, Keys.Where(k => !k.Hidden).SelectMany(k => new[] { k.Name, k.FullName }), prefix)}."),
            _ => throw new ConfigException($"{ambiguous} may be {string.Join(" or ", candidates.Select(k => prefix + k.FullName))}; write which one."),
        };
    }

    private ConfigException Unknown(string section, string name, string place)
    {
        string full = section.Length == 0 ? name : $"{section}.{name}";
        string[] known = [.. Keys.Where(key => key.Section == section && !key.Hidden).Select(key => key.Name), .. section.Length == 0 ? Sections : []];
        if (_byAlias.TryGetValue(name, out ConfigKey? called))
            return new ConfigException($"{place}: unknown key \"{full}\"; here it is \"{called.FullName}\".");
        // A key at the wrong level is as common as a misspelt one.
        if (NearestName.Find(name, known) is null && Candidates(name) is [var elsewhere, ..])
            return new ConfigException($"{place}: unknown key \"{full}\"; it belongs in {(elsewhere.Section.Length == 0 ? "the file itself" : elsewhere.Section)}: \"{elsewhere.FullName}\".");
        string near = Suggestion(name, known, "");
        return new ConfigException($"{place}: unknown key \"{full}\"{(near.Length > 0 ? near : $"; the keys are {string.Join(", ", known)}")}.");
    }

    private static string Suggestion(string name, IEnumerable<string> known, string prefix) =>
        NearestName.Find(name, known) is { } near ? $" (did you mean \"{prefix}{near}\"?)" : "";
}
