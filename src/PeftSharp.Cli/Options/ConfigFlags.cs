using System.CommandLine;
using System.CommandLine.Parsing;
using PeftSharp.Workflows.Configuration;

namespace PeftSharp.Cli.Options;

/// <summary>The keys of a configuration as flags: <c>--training.learning_rate</c>, and <c>--learning_rate</c> where only one section has it.</summary>
internal sealed class ConfigFlags
{
    private readonly List<(ConfigKey Key, Option Option)> _flags = [];

    /// <summary>The flags of some keys of a run.</summary>
    /// <param name="keys">The keys.</param>
    /// <param name="taken">Names that the command uses for options of its own.</param>
    public ConfigFlags(IEnumerable<ConfigKey> keys, params string[] taken)
    {
        ConfigSchema schema = new(keys);
        foreach (ConfigKey key in schema.Keys)
        {
            string[] aliases =
            [
                .. key.Section.Length > 0 && schema.IsUnambiguous(key) && !taken.Contains(key.Name) ? [$"--{key.Name}"] : Array.Empty<string>(),
                .. schema.AliasesOf(key).Except(taken).Select(alias => $"--{alias}"),
            ];
            string name = $"--{key.FullName}";
            Option option = key.Kind == ConfigKind.Flag
                ? new Option<bool>(name, aliases) { Arity = ArgumentArity.ZeroOrOne }
                : key.Kind == ConfigKind.Columns ? new Option<string[]>(name, aliases) { Arity = ArgumentArity.OneOrMore }
                : new Option<string>(name, aliases) { Arity = ArgumentArity.ExactlyOne };
            option.Description = key.Help;
            option.Hidden = key.Hidden;
            option.HelpName = HelpNameOf(key);
            _flags.Add((key, option));
        }
        Ambiguous = [.. schema.Keys.Where(key => key.Section.Length > 0 && !schema.IsUnambiguous(key)).Select(key => key.Name).Distinct()];
    }

    /// <summary>The short names that may mean several keys.</summary>
    public IReadOnlyList<string> Ambiguous { get; }

    /// <summary>The full names that an ambiguous short one may mean, with their dashes.</summary>
    public IEnumerable<string> FullNamesOf(string name) => _flags.Where(flag => flag.Key.Name == name).Select(flag => flag.Option.Name);

    /// <summary>The options, to add to a command.</summary>
    public IEnumerable<Option> Options => _flags.Select(flag => flag.Option);

    /// <summary>The key behind an option, or null for an option of the command's own.</summary>
    public ConfigKey? KeyOf(Option option) => _flags.FirstOrDefault(flag => flag.Option == option).Key;

    /// <summary>What was given on the command line.</summary>
    public IReadOnlyList<ConfigOverride> Read(ParseResult parsed)
    {
        List<ConfigOverride> overrides = [];
        foreach ((ConfigKey key, Option option) in _flags)
            if (parsed.GetResult(option) is { Implicit: false } result)
                overrides.Add(new(key.FullName, ValueOf(key, result)));
        return overrides;
    }

    /// <summary>The last value; of columns all of them, as a list that reads as it is written.</summary>
    private static string ValueOf(ConfigKey key, OptionResult result) =>
        key.Kind == ConfigKind.Columns && result.Tokens.Count > 1
            ? $"[{string.Join(", ", result.Tokens.Select(token => $"\"{token.Value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\""))}]"
            : result.Tokens is [.., Token value] ? value.Value : "true";

    private static string HelpNameOf(ConfigKey key) => key.Kind switch
    {
        ConfigKind.Choice => string.Join('|', key.Choices!),
        ConfigKind.Integer => "N",
        ConfigKind.Number => "X",
        ConfigKind.Flag => "true|false",
        ConfigKind.TextList or ConfigKind.FreeList => "A,B",
        ConfigKind.Character => "C",
        ConfigKind.Columns => "COLUMN",
        _ when key.Name is "train" or "eval" or "test" or "label_file" => "FILE",
        _ when key.Name is "model" or "output_dir" => "FOLDER",
        _ when key.Name == "label_separator" => "TEXT",
        _ when key.Section == ConfigKeys.Data => "COLUMN",
        _ => "VALUE",
    };
}
