using System.CommandLine;
using PeftSharp.Workflows.Configuration;

namespace PeftSharp.Cli.Help;

/// <summary>Writes help that teaches: a paragraph, examples, then the options with Hugging Face's names and defaults.</summary>
internal static class HelpWriter
{
    private const int Width = 110;
    private const int OptionColumn = 44;

    /// <summary>All verbs, with an example each.</summary>
    public static void WriteVerbs(TextWriter output, IReadOnlyList<Verb> verbs)
    {
        WriteParagraph(output, "peft fine-tunes transformer models with LoRA and its relatives and uses what comes out: ordinary Hugging Face model and adapter folders.");
        foreach (Verb verb in verbs)
        {
            output.WriteLine($"  {verb.Command.Name,-16} {verb.Command.Description}");
            output.WriteLine($"  {"",-16}   {verb.Examples[0].Command}");
        }
        output.WriteLine();
        output.WriteLine("peft VERB --help tells more. Exit codes: 0 well, 1 failed, 2 wrong usage or configuration, 130 interrupted.");
    }

    /// <summary>One verb: of many keys those that most runs set, unless a part is asked for.</summary>
    public static void Write(TextWriter output, Verb verb, string? topic = null)
    {
        if (verb.Flags is not null && topic is not (null or HelpTopic.All))
        {
            WriteTopic(output, verb, topic);
            return;
        }
        WriteParagraph(output, verb.Paragraph);
        output.WriteLine("Examples");
        foreach (Example example in verb.Examples)
        {
            output.WriteLine($"  {example.Command}");
            if (example.Meaning.Length > 0)
                output.WriteLine($"      {example.Meaning}");
        }
        output.WriteLine();
        output.WriteLine("Usage");
        output.WriteLine($"  peft {verb.Command.Name} {string.Concat(verb.Command.Arguments.Select(argument => Usage(argument) + " "))}[options]");
        foreach (Argument argument in verb.Command.Arguments)
            WriteRow(output, argument.HelpName ?? argument.Name, argument.Description ?? "");
        output.WriteLine();
        output.WriteLine("Options");
        foreach (Option option in verb.Command.Options.Where(option => verb.Flags?.KeyOf(option) is null && !option.Hidden))
            WriteRow(output, Syntax(option), option.Description ?? "");
        WriteRow(output, "--help", "this text");
        WriteRow(output, "--verbose", "show where in the program an error came from");
        if (verb.IsLong && topic is null)
            WriteEssentials(output, verb);
        else
            foreach (IGrouping<string, (ConfigKey Key, Option Option)> section in Sections(verb))
                WriteSection(output, section);
    }

    private static void WriteTopic(TextWriter output, Verb verb, string topic)
    {
        output.Write($"peft {verb.Command.Name}: ");
        foreach (IGrouping<string, (ConfigKey Key, Option Option)> section in Sections(verb).Where(section => section.Key == HelpTopic.SectionOf(topic)))
            WriteSection(output, section, first: true);
    }

    private static void WriteEssentials(TextWriter output, Verb verb)
    {
        output.WriteLine();
        output.WriteLine("The keys that most runs set");
        Dictionary<string, (ConfigKey Key, Option Option)> all = Sections(verb).SelectMany(section => section).ToDictionary(pair => pair.Key.FullName);
        foreach (string name in Essentials.Keys.Where(all.ContainsKey))
            WriteRow(output, Short(all[name].Option), Meaning(all[name].Key));
        output.WriteLine();
        output.WriteLine($"All others: peft {verb.Command.Name} --help {string.Join(" | ", HelpTopic.Names)}");
    }

    private static IEnumerable<IGrouping<string, (ConfigKey Key, Option Option)>> Sections(Verb verb) =>
        from option in verb.Flags?.Options ?? []
        let key = verb.Flags!.KeyOf(option)!
        where !key.Hidden
        group (key, option) by key.Section;

    private static void WriteSection(TextWriter output, IGrouping<string, (ConfigKey Key, Option Option)> section, bool first = false)
    {
        if (!first)
            output.WriteLine();
        output.WriteLine(section.Key.Length == 0 ? "Keys of the configuration" : $"Keys of {section.Key}");
        foreach ((ConfigKey key, Option option) in section)
            WriteRow(output, Syntax(option), Meaning(key));
    }

    private static string Meaning(ConfigKey key) => key.Default is { } value ? $"{key.Help} (default: {value})" : key.Help;

    /// <summary>The name without its section, where there is one.</summary>
    private static string Short(Option option)
    {
        string name = option.Name[2..];
        string last = $"--{name[(name.IndexOf('.') + 1)..]}";
        string shown = option.Aliases.Contains(last) ? last : option.Name;
        return option.HelpName is { Length: > 0 } value ? $"{shown} {value}" : shown;
    }

    private static string Usage(Argument argument)
    {
        string name = argument.HelpName ?? argument.Name;
        if (argument.Arity.MaximumNumberOfValues > 1)
            name += "...";
        return argument.Arity.MinimumNumberOfValues == 0 ? $"[{name}]" : name;
    }

    private static string Syntax(Option option)
    {
        string names = string.Join(", ", new[] { option.Name }.Concat(option.Aliases).OrderBy(name => name.Length));
        return option.HelpName is { Length: > 0 } value ? $"{names} {value}" : names;
    }

    private static void WriteParagraph(TextWriter output, string text)
    {
        foreach (string line in Wrap(text, Width))
            output.WriteLine(line);
        output.WriteLine();
    }

    private static void WriteRow(TextWriter output, string left, string right)
    {
        string start = $"  {left}";
        bool ownLine = start.Length >= OptionColumn;
        if (ownLine)
            output.WriteLine(start);
        string indent = new(' ', OptionColumn);
        bool first = true;
        foreach (string line in Wrap(right, Width - OptionColumn))
        {
            output.WriteLine((first && !ownLine ? start.PadRight(OptionColumn) : indent) + line);
            first = false;
        }
    }

    private static IEnumerable<string> Wrap(string text, int width)
    {
        string line = "";
        foreach (string word in text.Split(' '))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > width)
            {
                yield return line;
                line = "";
            }
            line = line.Length == 0 ? word : $"{line} {word}";
        }
        yield return line;
    }
}
