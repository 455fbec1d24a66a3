using Xunit;
using System.CommandLine;
using PeftSharp.Cli.Help;
using PeftSharp.Workflows.Configuration;

namespace PeftSharp.Cli.Tests;

public sealed class HelpTests
{
    public static TheoryData<string> VerbNames => [.. AllVerbs().Select(verb => verb.Command.Name)];

    [Fact]
    public void NoArguments_ShowsEveryVerbWithItsFirstExample()
    {
        PeftRun run = PeftRun.Well();
        foreach (Verb verb in AllVerbs())
            Assert.Contains(verb.Examples[0].Command, run.Out, StringComparison.Ordinal);
        Assert.Equal("", run.Error);
    }

    [Theory]
    [MemberData(nameof(VerbNames))]
    public void Help_OfEveryVerb_HasExamplesFirstAndEveryOptionWithItsMeaning(string name)
    {
        Verb verb = AllVerbs().Single(verb => verb.Command.Name == name);
        string help = PeftRun.Well(name, "--help", "all").Out;
        string first = PeftRun.Well(name, "--help").Out;
        Assert.StartsWith(verb.Paragraph[..40], first, StringComparison.Ordinal);
        Assert.True(first.Length <= help.Length);
        Assert.Equal(verb.IsLong, first.Length < help.Length);
        Assert.StartsWith(verb.Paragraph[..40], help, StringComparison.Ordinal);
        Assert.True(help.IndexOf("Examples", StringComparison.Ordinal) < help.IndexOf("Options", StringComparison.Ordinal));
        string flat = string.Join(' ', help.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        foreach (Example example in verb.Examples)
            Assert.Contains(example.Command, help, StringComparison.Ordinal);
        foreach (Option option in verb.Command.Options.Where(option => !option.Hidden))
        {
            Assert.Contains(option.Name, help, StringComparison.Ordinal);
            Assert.False(string.IsNullOrWhiteSpace(option.Description), $"{option.Name} has no description");
            Assert.Contains(option.Description, flat, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Help_OfTrain_HasEveryKeyWithItsDefault()
    {
        string help = PeftRun.Well("train", "--help", "all").Out;
        string flat = string.Join(' ', help.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        foreach (ConfigKey key in ConfigSchema.OfTraining.Keys.Where(key => !key.Hidden))
        {
            Assert.Contains($"--{key.FullName}", flat, StringComparison.Ordinal);
            Assert.Contains(key.Default is { } value ? $"{key.Help} (default: {value})" : key.Help, flat, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Help_OfTrain_BeginsWithAScreenOfWhatMostRunsSet()
    {
        string[] lines = PeftRun.Well("train", "--help").Out.Split('\n');
        Assert.InRange(lines.Length, 30, 72);
        string help = string.Join('\n', lines);
        foreach (string task in (string[])["SEQ_CLS", "TOKEN_CLS", "QUESTION_ANS", "CAUSAL_LM"])
            Assert.Contains($"--task {task}", help, StringComparison.Ordinal);
        foreach (string key in Essentials.Keys)
            Assert.Contains($"  --{key[(key.IndexOf('.', StringComparison.Ordinal) + 1)..]} ", help, StringComparison.Ordinal);
        Assert.DoesNotContain("--adam_beta1", help, StringComparison.Ordinal);
        Assert.Contains("peft train --help data | method | training | all", help, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("data", "--delimiter", "--adam_beta1")]
    [InlineData("method", "--use_dora", "--delimiter")]
    [InlineData("peft", "--use_dora", "--delimiter")]
    [InlineData("training", "--adam_beta1", "--use_dora")]
    public void Help_OfAPart_HasItsKeysAndNoOthers(string part, string has, string hasNot)
    {
        string help = PeftRun.Well("train", "--help", part).Out;
        Assert.Contains(has, help, StringComparison.Ordinal);
        Assert.DoesNotContain(hasNot, help, StringComparison.Ordinal);
        Assert.Equal(help, PeftRun.Well("help", "train", part).Out);
    }

    [Fact]
    public void Help_OfAPartThatIsMisspelt_NamesTheParts() => PeftRun.Fails(2, ["train", "--help", "trainin"], "did you mean \"training\"", "method");

    [Theory]
    [InlineData("help", "train")]
    [InlineData("train", "config.yaml", "--help")]
    [InlineData("train", "-h")]
    public void Help_AskedInOtherWays_IsTheSame(params string[] args) =>
        Assert.Equal(PeftRun.Well("train", "--help").Out, PeftRun.Well(args).Out);

    [Fact]
    public void Version_IsWritten() => Assert.Matches(@"^\d+\.\d+\.\d+\n$", PeftRun.Well("--version").Out);

    private static IReadOnlyList<Verb> AllVerbs() => PeftCommand.Verbs(new Terminal(TextWriter.Null, TextWriter.Null));
}
