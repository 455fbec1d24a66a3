using PeftSharp.Workflows.Configuration;

namespace PeftSharp.Cli.Rendering;

/// <summary>Command lines for the user to type or copy.</summary>
internal static class CommandLineText
{
    /// <summary>A verb with its file, its flags and what follows.</summary>
    public static string Of(string verb, string? file, IEnumerable<ConfigOverride> flags, params IEnumerable<string> more) => string.Join(' ',
    [
        $"peft {verb}",
        .. file is null ? (string[])[] : [Quoted(file)],
        .. flags.Select(flag => $"--{flag.Name} {Quoted(flag.Value)}"),
        .. more,
    ]);

    /// <summary>A word as a shell takes it for one.</summary>
    public static string Quoted(string text) =>
        text.Length > 0 && text.All(c => char.IsLetterOrDigit(c) || c is '.' or '_' or '/' or '-' or ',' or '+' or ':') ? text : $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
