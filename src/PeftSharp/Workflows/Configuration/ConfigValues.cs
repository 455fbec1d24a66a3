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
    private bool _hasFlags;

    private ConfigValues(ConfigSchema schema, string? file)
    {
        _schema = schema;
        File = file;
        foreach (string section in schema.Sections.Append(""))
            _sections[section] = [];
    }

    /// <summary>The file, or null.</summary>
    public string? File { get; }

    /// <summary>Where the values came from, for messages.</summary>
    public string Source => File is null ? "command line" : _hasFlags ? $"{File} with flags" : File;

    /// <summary>Reads a file and flags.</summary>
    /// <param name="schema">The keys there are.</param>
    /// <param name="file">A YAML file; null is an empty one.</param>
    /// <param name="overrides">Flags, which win over the file; of two for one key the later wins.</param>
    /// <exception cref="ConfigException">The file is not sound, a key is not known, or a value is not of its kind.</exception>
    public static ConfigValues Load(ConfigSchema schema, string? file, IEnumerable<ConfigOverride> overrides)
    {
        ArgumentNullException.ThrowIfNull(schema);
        ArgumentNullException.ThrowIfNull(overrides);
        ConfigValues values = new(schema, file);
        if (file is not null)
            values.Read(YamlReader.ReadFile(file));
        foreach (ConfigOverride flag in overrides)
        {
            ConfigKey key = schema.FindFlag(flag.Name);
            values.Set(key, ConfigTyping.FromFlag(key, $"--{flag.Name}", flag.Value));
            values._hasFlags = true;
        }
        return values;
    }

    /// <summary>The values that are set in a section (empty: outside of the sections); null values are not there.</summary>
    public JsonObject Section(string name) => _sections[name];

    private void Read(ConfigNode root)
    {
        foreach ((string name, ConfigNode node) in Members(root, "the configuration"))
        {
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

    private static IReadOnlyList<KeyValuePair<string, ConfigNode>> Members(ConfigNode node, string what) => node switch
    {
        ConfigNode.Map map => map.Members,
        ConfigNode.Scalar { IsNull: true } => [],
        _ => throw new ConfigException($"{node.Place}: {what} must be keys and values, but is {node.Describe()}."),
    };

    private void Set(ConfigKey key, ConfigNode node)
    {
        JsonObject section = _sections[key.Section];
        if (ConfigTyping.ToJson(key, node) is { } value)
            section[key.Name] = value;
        else
            section.Remove(key.Name);
    }
}
