using System.CommandLine;
using System.Globalization;
using System.Text;
using PeftSharp.Cli.Help;
using PeftSharp.Workflows.Configuration;

namespace PeftSharp.Cli.Completion;

/// <summary>Scripts that complete the command in a shell. All words stand in them, so that a Tab starts no process.</summary>
internal static class CompletionScript
{
    private const string Bash = "bash";
    private const string Zsh = "zsh";
    private const string Fish = "fish";

    /// <summary>The shells there are scripts for.</summary>
    public static IReadOnlyList<string> Shells { get; } = [Bash, Zsh, Fish];

    /// <summary>The script of a shell.</summary>
    public static string Write(string shell, IReadOnlyList<Verb> verbs) => shell switch
    {
        Fish => OfFish(verbs),
        // zsh runs bash's completions.
        Zsh => "autoload -U +X bashcompinit && bashcompinit\n" + OfBash(verbs),
        _ => OfBash(verbs),
    };

    private static string OfBash(IReadOnlyList<Verb> verbs)
    {
        StringBuilder script = new("_peft() {\n    local current=\"${COMP_WORDS[COMP_CWORD]}\" previous=\"${COMP_WORDS[COMP_CWORD-1]}\" words=\"\"\n    COMPREPLY=()\n");
        script.Append("    case \"$previous\" in\n");
        foreach ((string names, string values) in Values(verbs, "|"))
            script.Append(CultureInfo.InvariantCulture, $"        {names}) words=\"{values}\" ;;\n");
        script.Append("    esac\n    if [[ -z \"$words\" && $COMP_CWORD -eq 1 ]]; then\n");
        script.Append(CultureInfo.InvariantCulture, $"        words=\"{string.Join(' ', verbs.Select(verb => verb.Command.Name))} help\"\n");
        script.Append("    elif [[ -z \"$words\" && \"$current\" == -* ]]; then\n        case \"${COMP_WORDS[1]}\" in\n");
        foreach (Verb verb in verbs)
            script.Append(CultureInfo.InvariantCulture, $"            {verb.Command.Name}) words=\"{string.Join(' ', Names(verb))}\" ;;\n");
        script.Append("        esac\n    fi\n    if [[ -n \"$words\" ]]; then\n        COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n    fi\n}\n");
        return script.Append("complete -o default -o bashdefault -F _peft peft\n").ToString();
    }

    private static string OfFish(IReadOnlyList<Verb> verbs)
    {
        StringBuilder script = new();
        foreach (Verb verb in verbs)
        {
            script.Append(CultureInfo.InvariantCulture, $"complete -c peft -n __fish_use_subcommand -f -a {verb.Command.Name} -d {Quoted(verb.Command.Description ?? "")}\n");
            foreach (Option option in Shown(verb))
                foreach (string name in option.Aliases.Prepend(option.Name).Where(name => name.StartsWith("--", StringComparison.Ordinal)))
                {
                    string values = ValuesOf(verb, option) is { } known ? $" -x -a {Quoted(string.Join(' ', known))}" : IsSwitch(option) ? "" : " -r";
                    script.Append(CultureInfo.InvariantCulture, $"complete -c peft -n '__fish_seen_subcommand_from {verb.Command.Name}' -l {name[2..]}{values} -d {Quoted(option.Description ?? "")}\n");
                }
        }
        return script.ToString();
    }

    private static IEnumerable<Option> Shown(Verb verb) => verb.Command.Options.Where(option => !option.Hidden);

    private static IEnumerable<string> Names(Verb verb) =>
        Shown(verb).SelectMany(option => option.Aliases.Prepend(option.Name)).Append("--help").Append("--verbose");

    /// <summary>The names of the options with a few values, each set of values once.</summary>
    private static IEnumerable<(string Names, string Values)> Values(IReadOnlyList<Verb> verbs, string separator) =>
        from verb in verbs
        from option in Shown(verb)
        where ValuesOf(verb, option) is not null
        from name in option.Aliases.Prepend(option.Name)
        group name by string.Join(' ', ValuesOf(verb, option)!) into names
        select (string.Join(separator, names.Distinct()), names.Key);

    private static IReadOnlyList<string>? ValuesOf(Verb verb, Option option) => verb.Flags?.KeyOf(option) switch
    {
        { Kind: ConfigKind.Choice } key => key.Choices,
        { Kind: ConfigKind.Flag } => ["true", "false"],
        { FullName: "peft.peft_type" } => [.. Methods.PeftMethods.Names],
        _ => null,
    };

    private static bool IsSwitch(Option option) => option.ValueType == typeof(bool) || option.ValueType == typeof(bool?);

    private static string Quoted(string text) => $"'{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal)}'";
}
