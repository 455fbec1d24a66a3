using System.Text.Json.Nodes;
using System.Xml;
using PeftSharp.Workflows.Configuration;

namespace PeftSharp.Workflows.Comparing;

/// <summary>Makes the runs of a list of variants: names of methods, or mappings of keys over the run that all share.</summary>
/// <param name="shared">The run.</param>
internal sealed class VariantReader(ConfigValues shared)
{
    private const string Name = "name";

    private static readonly ConfigKey _peftType = ConfigSchema.OfTraining.Find(ConfigKeys.Peft, "peft_type", "");
    private static readonly ConfigKey _learningRate = ConfigSchema.OfTraining.Find(ConfigKeys.Training, "learning_rate", "");
    private static readonly ConfigKey _outputFolder = ConfigSchema.OfTraining.Find(ConfigKeys.Training, "output_dir", "");
    private static readonly ConfigKey _resume = ConfigSchema.OfTraining.Find(ConfigKeys.Training, TrainingKeys.ResumeFrom, "");

    /// <summary>Model, data and task are the same for all, or the numbers could not be compared.</summary>
    private static readonly ConfigSchema _varying = new(ConfigSchema.OfTraining.Keys.Where(key =>
        key.Section is ConfigKeys.Peft or ConfigKeys.Training && key != _outputFolder && key != _resume || key is { Section: "", Name: "dtype" or "compute" or "device" }));

    private readonly List<(string Name, ConfigValues Values, HashSet<ConfigKey> Own)> _variants = [];

    /// <summary>The folder of them all.</summary>
    public string Folder => (string?)shared[_outputFolder] ?? _outputFolder.Default!;

    /// <summary>Reads the list.</summary>
    public IReadOnlyList<ComparisonVariant> Read(ConfigNode node)
    {
        if (shared[_resume] is not null)
            throw new ConfigException($"{shared.Source}: {_resume.FullName} is of a single run; a comparison goes on by itself after the variants that are done.");
        if (node is not ConfigNode.List list)
            throw new ConfigException($"{node.Place}: {ConfigKeys.Compare} must be a list of variants, such as [LORA, {{name: all biases, peft_type: BITFIT}}], but is {node.Describe()}.");
        if (list.Items.Count == 0)
            throw new ConfigException($"{list.Place}: the list of what to compare is empty.");
        foreach (ConfigNode item in list.Items)
            Add(item);
        Dictionary<string, string> folders = new(StringComparer.OrdinalIgnoreCase);
        return [.. _variants.Select(variant => Finish(variant.Name, variant.Values, variant.Own, folders))];
    }

    /// <summary>A flag that all variants overrule is a mistake.</summary>
    public void RequireEffect(IEnumerable<ConfigOverride> flags)
    {
        foreach (ConfigOverride flag in flags)
            if (ConfigSchema.OfTraining.FindFlag(flag.Name) is var key && _varying.Keys.Contains(key)
                && _variants.All(variant => !JsonNode.DeepEquals(variant.Values[key], shared[key])))
                throw new ConfigException($"--{flag.Name} changes nothing: each variant sets {key.Name} itself or has a method of its own; say it in the {ConfigKeys.Compare} section.");
    }

    private void Add(ConfigNode item)
    {
        switch (item)
        {
            case ConfigNode.Scalar { IsNull: false } method:
                AddMethod(MethodSettings.Of(method.Text, method.Place));
                break;
            case ConfigNode.Map map:
                AddMapping(map);
                break;
            default:
                throw new ConfigException($"{item.Place}: a variant is the name of a method, or keys and values such as {{name: LoRA, peft_type: LORA, r: 8}}, but not {item.Describe()}.");
        }
    }

    /// <summary>
    /// The method with its usual settings. Where the shared run is of the same method, what it says of it comes first: its
    /// learning rate was chosen for that one.
    /// </summary>
    private void AddMethod(MethodSettings settings)
    {
        ConfigValues values = shared.Copy($"method {settings.PeftType}");
        JsonObject peft = values.Section(ConfigKeys.Peft);
        bool own = peft.Count > 0 && ((string?)peft[_peftType.Name] ?? _peftType.Default) == settings.PeftType;
        if (!own)
            peft.Clear();
        peft[_peftType.Name] = settings.PeftType;
        foreach ((string name, string value) in settings.Options)
            if (!peft.ContainsKey(name))
                Set(_varying.Find(ConfigKeys.Peft, name, ""), value);
        if (!own || values[_learningRate] is null)
            Set(_learningRate, settings.LearningRate);
        _variants.Add((settings.PeftType, values, []));

        void Set(ConfigKey key, string value) => values.Set(key, new ConfigNode.Scalar(value, Plain: true, settings.PeftType));
    }

    /// <summary>Keys over the shared run; one that names a method has nothing of the shared run's method.</summary>
    private void AddMapping(ConfigNode.Map map)
    {
        string? name = map.Members.FirstOrDefault(member => member.Key == Name).Value is { } node ? TextOf(node) : null;
        (ConfigKey Key, ConfigNode Value)[] members = [.. map.Members.Where(member => member.Key != Name).SelectMany(Keys)];
        if (members.GroupBy(member => member.Key).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new ConfigException($"{map.Place}: a variant has {twice.Key.FullName} twice.");
        ConfigNode? method = members.FirstOrDefault(member => member.Key == _peftType).Value;
        name ??= method is null ? throw new ConfigException($"{map.Place}: a variant needs a name.") : TextOf(method);
        ConfigValues values = shared.Copy($"variant \"{name}\"");
        if (method is not null)
            values.Section(ConfigKeys.Peft).Clear();
        foreach ((ConfigKey key, ConfigNode value) in members)
            values.Set(key, value);
        _variants.Add((name, values, [.. members.Select(member => member.Key)]));
    }

    /// <summary>A key, or the keys of a section.</summary>
    private static IEnumerable<(ConfigKey Key, ConfigNode Value)> Keys(KeyValuePair<string, ConfigNode> member)
    {
        if (member.Value is ConfigNode.Map section && ConfigSchema.OfTraining.Sections.Contains(member.Key))
            return section.Members.Select(inner => (Find($"{member.Key}.{inner.Key}", inner.Value.Place), inner.Value));
        return [(Find(member.Key, member.Value.Place), member.Value)];
    }

    private static ConfigKey Find(string name, string place)
    {
        bool varies = _varying.Keys.Any(key => key.FullName == name || key.Name == name);
        return !varies && ConfigSchema.OfTraining.Keys.Any(key => key.FullName == name || key.Name == name)
            ? throw new ConfigException($"{place}: \"{name}\" must be the same for all variants; set it outside of {ConfigKeys.Compare}.")
            : _varying.FindMember(name, place);
    }

    private static string TextOf(ConfigNode node)
    {
        if (node is ConfigNode.Scalar { IsNull: false } scalar && scalar.Text.Trim() is { Length: > 0 } text && text.All(c => !char.IsControl(c)) && IsXml(text))
            return text;
        throw new ConfigException($"{node.Place}: the name of a variant must be a line of text, but is {node.Describe()}.");
    }

    /// <summary>The chart is XML, which has no way to write some characters.</summary>
    private static bool IsXml(string text)
    {
        try
        {
            XmlConvert.VerifyXmlChars(text);
            return true;
        }
        catch (XmlException)
        {
            return false;
        }
    }

    private ComparisonVariant Finish(string name, ConfigValues values, HashSet<ConfigKey> own, Dictionary<string, string> folders)
    {
        string folder = FolderOf(name, values);
        if (!folders.TryAdd(folder, name))
            throw new ConfigException(folders[folder] == name
                ? $"{shared.Source}: there are two variants \"{name}\"; give each a name of its own."
                : $"{shared.Source}: the variants \"{folders[folder]}\" and \"{name}\" would both be in the folder {folder}; give one another name.");
        values.Set(_outputFolder, new ConfigNode.Scalar(Path.Combine(Folder, folder), Plain: false, _outputFolder.FullName));
        return new(name, RunConfig.Of(values), SettingsOf(values, own));
    }

    /// <summary>The name with what a file system or a shell might not like as dashes.</summary>
    private static string FolderOf(string name, ConfigValues values)
    {
        string folder = string.Concat(name.Normalize().Select(c => char.IsLetterOrDigit(c) || c is '_' ? c : '-')).Trim('-');
        return folder.Length is > 0 and <= 100
            ? folder
            : throw new ConfigException($"{values.Source}: the name of a variant must have a letter or digit, and at most 100 characters.");
    }

    private static JsonObject SettingsOf(ConfigValues values, HashSet<ConfigKey> own)
    {
        JsonObject settings = new() { [_peftType.Name] = values[_peftType]?.DeepClone() ?? _peftType.Default };
        foreach ((string name, JsonNode? value) in values.Section(ConfigKeys.Peft))
            settings[name] = value?.DeepClone();
        settings[_learningRate.Name] = values[_learningRate]?.DeepClone() ?? ConfigTyping.ToJson(_learningRate, new ConfigNode.Scalar(_learningRate.Default!, Plain: true, ""));
        foreach (ConfigKey key in own.Where(key => key.Section != ConfigKeys.Peft))
            settings[key.Name] = values[key]?.DeepClone();
        return settings;
    }
}
