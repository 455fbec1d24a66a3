using System.CommandLine;
using PeftSharp.Cli.Completion;
using PeftSharp.Cli.Help;

namespace PeftSharp.Cli.Verbs;

/// <summary><c>peft completion</c>.</summary>
internal static class CompletionVerb
{
    public static Verb Create(Terminal terminal, Func<IReadOnlyList<Verb>> verbs)
    {
        Argument<string> shell = new("shell") { HelpName = "SHELL", Description = string.Join(", ", CompletionScript.Shells) };
        shell.AcceptOnlyFromAmong([.. CompletionScript.Shells]);
        Command command = new("completion", "writes the script by which a shell completes verbs, options and their values") { shell };
        command.SetAction(parsed =>
        {
            terminal.Out.Write(CompletionScript.Write(parsed.GetRequiredValue(shell), verbs()));
            return ExitCodes.Success;
        });
        return new Verb(
            command,
            "Writes a script for bash, zsh or fish. With it the Tab key completes verbs, options, the values of those that have a few, and file names elsewhere.",
            [
                new("source <(peft completion bash)", "in ~/.bashrc; the same with zsh in ~/.zshrc, behind compinit"),
                new("peft completion fish > ~/.config/fish/completions/peft.fish", "for fish"),
            ]);
    }
}
