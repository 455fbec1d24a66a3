using System.Diagnostics;
using Xunit;

namespace PeftSharp.Cli.Tests.Verbs;

public sealed class CompletionVerbTests
{
    [Theory]
    [InlineData("peft tra", "train")]
    [InlineData("peft train --learning_r", "--learning_rate")]
    [InlineData("peft train --task SEQ", "SEQ_CLS")]
    [InlineData("peft predict m --top", "--top_k")]
    public void Bash_HalfAWord_IsCompleted(string line, string expected)
    {
        Assert.SkipUnless(File.Exists("/bin/bash"), "there is no bash on this machine");
        string[] words = line.Split(' ');
        string script = PeftRun.Well("completion", "bash").Out
            + $"COMP_WORDS=({string.Join(' ', words.Select(word => $"'{word}'"))}); COMP_CWORD={words.Length - 1}; _peft; printf '%s\\n' \"${{COMPREPLY[@]}}\"";
        using Process bash = Process.Start(new ProcessStartInfo("/bin/bash", ["--norc", "-s"]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        bash.StandardInput.Write(script);
        bash.StandardInput.Close();
        Assert.Contains(expected, bash.StandardOutput.ReadToEnd().Split('\n'));
        bash.WaitForExit();
        Assert.Equal(0, bash.ExitCode);
    }

    [Fact]
    public void OtherShells_GetScriptsOfTheirOwn()
    {
        Assert.StartsWith("autoload -U +X bashcompinit", PeftRun.Well("completion", "zsh").Out, StringComparison.Ordinal);
        string fish = PeftRun.Well("completion", "fish").Out;
        Assert.Contains("complete -c peft -n '__fish_seen_subcommand_from train' -l learning_rate -r", fish, StringComparison.Ordinal);
        Assert.Contains("-l task -x -a 'SEQ_CLS", fish.Replace("FEATURE_EXTRACTION ", "", StringComparison.Ordinal), StringComparison.Ordinal);
        PeftRun.Fails(2, ["completion", "tcsh"], "tcsh");
    }
}
