using PeftSharp.Data;
using PeftSharp.Workflows.Configuration;

namespace PeftSharp.Cli.Help;

/// <summary>The part of a verb's help that is asked for: the word behind <c>--help</c>.</summary>
internal static class HelpTopic
{
    /// <summary>Everything.</summary>
    public const string All = "all";

    /// <summary>The keys of <c>peft:</c>.</summary>
    public const string Method = "method";

    /// <summary>The words there are.</summary>
    public static IReadOnlyList<string> Names { get; } = [ConfigKeys.Data, Method, ConfigKeys.Training, All];

    /// <summary>The section of a word.</summary>
    public static string SectionOf(string topic) => topic == Method ? ConfigKeys.Peft : topic;

    /// <summary>The word of a command line, or null: <c>train --help data</c>, <c>help train data</c>.</summary>
    /// <param name="asked">What stands behind <c>--help</c>, or behind the verb of <c>help</c>.</param>
    /// <exception cref="ConfigException">There is no such part.</exception>
    public static string? Of(IEnumerable<string> asked)
    {
        if (asked.FirstOrDefault() is not { } word || word.StartsWith('-'))
            return null;
        if (word == ConfigKeys.Peft)
            return Method;
        if (Names.Contains(word))
            return word;
        // Anything else is an argument that was there already.
        return NearestName.Find(word, Names) is null
            ? null
            : throw new ConfigException($"--help has no part \"{word}\"{NearestName.Suggestion(word, Names)}; it is one of {string.Join(", ", Names)}.");
    }
}
