using System.Text.Json.Nodes;

namespace PeftSharp.Workflows.Configuration;

/// <summary>A flag that overrides a key.</summary>
/// <param name="Name">The key's full or short name, without the dashes.</param>
/// <param name="Value">As written.</param>
public sealed record ConfigOverride(string Name, string Value);

/// <summary>The values of a configuration by section and key: those of a file, then those of flags over them.</summary>
public sealed class ConfigValues
{
    private readonly Dictionary<string, JsonObject> _sections = new(StringComparer.Ordinal);
    private readonly ConfigSchema _schema;

    private ConfigValues(ConfigSchema schema, string? file, string source)
    {
        _schema = schema;
        File = file;
        Source = source;
        foreach (string section in schema.Sections.Append(""))
            _sections[section] = [];
    }

    /// <summary>The file, or null.</summary>
    public string? File { get; }

    /// <summary>Where the values came from, for messages.</summary>
    public string Source { get; }

    /// <summary>Reads a file and flags.</summary>
    /// <param name="schema">The keys there are.</param>
    /// <param name="file">A YAML file; null is an empty one.</param>
    /// <param name="overrides">Flags, which win over the file; of two for one key the later wins.</param>
    /// <exception cref="ConfigException">The file is not sound, a key is not known, or a value is not of its kind.</exception>
    public static ConfigValues Load(ConfigSchema schema, string? file, IEnumerable<ConfigOverride> overrides) =>
        Load(schema, file is null ? null : YamlReader.ReadFile(file), file, overrides);

    /// <summary>As <see cref="Load(ConfigSchema, string?, IEnumerable{ConfigOverride})"/>, of a file that has been read.</summary>
    internal static ConfigValues Load(ConfigSchema schema, ConfigNode? root, string? file, IEnumerable<ConfigOverride> overrides)
    {
        ArgumentNullException.ThrowIfNull(schema);
        ArgumentNullException.ThrowIfNull(overrides);
        ConfigOverride[] flags = [.. overrides];
        ConfigValues values = new(schema, file, file is null ? "command line" : flags.Length > 0 ? $"{file} with flags" : file);
        if (root is not null)
            values.Read(root);
        foreach (ConfigOverride flag in flags)
        {
            ConfigKey key = schema.FindFlag(flag.Name);
            values.Set(key, ConfigTyping.FromFlag(key, $"--{flag.Name}", flag.Value));
        }
        return values;
    }

    /// <summary>The values that are set in a section (empty: outside of the sections); null values are not there.</summary>
    public JsonObject Section(string name) => _sections[name];

    /// <summary>The value of a key, or null where it is not set.</summary>
    internal JsonNode? this[ConfigKey key] => _sections[key.Section][key.Name];

    /// <summary>The same values, to be changed apart from these.</summary>
    /// <param name="part">What messages call the copy, after the source of these.</param>
    internal ConfigValues Copy(string part)
    {
        ConfigValues copy = new(_schema, File, $"{Source}: {part}");
        foreach ((string section, JsonObject values) in _sections)
            copy._sections[section] = (JsonObject)values.DeepClone();
        return copy;
    }

    /// <summary>Sets a key; null removes it.</summary>
    /// <exception cref="ConfigException">The value is not of the key's kind.</exception>
    internal void Set(ConfigKey key, ConfigNode node)
    {
        JsonObject section = _sections[key.Section];
        if (ConfigTyping.ToJson(key, node) is { } value)
            section[key.Name] = value;
        else
            section.Remove(key.Name);
    }

    private static IReadOnlyList<KeyValuePair<string, ConfigNode>> Members(ConfigNode node, string what) => node switch
    {
        ConfigNode.Map map => map.Members,
        ConfigNode.Scalar { IsNull: true } => [],
        _ => throw new ConfigException($"{node.Place}: {what} must be keys and values, but is {node.Describe()}."),
    };

    private void Read(ConfigNode root)
    {
        foreach ((string name, ConfigNode node) in Members(root, "the configuration"))
        {
            if (name == ConfigKeys.Compare)
                throw new ConfigException($"{node.Place}: {name} lists the variants of peft compare; this verb is for a single run, which does not have it.");
            if (name.Length == 0 || !_sections.ContainsKey(name))
            {
                Set(_schema.Find("", name, node.Place), node);
                continue;
            }
            if (node is ConfigNode.Scalar { IsNull: true })
                continue;
            foreach ((string key, ConfigNode value) in Members(node, name))
                Set(_schema.Find(name, key, value.Place), value);
        }
    }
}
