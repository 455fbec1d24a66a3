using Xunit;
namespace PeftSharp.Cli.Tests;

public sealed class UsageTests
{
    [Fact]
    public void Verb_Unknown_IsWrongUsageThatNamesTheVerbs() =>
        PeftRun.Fails(2, ["evalute"], "evalute", "did you mean \"evaluate\"", "quickstart");

    [Fact]
    public void Option_Misspelt_NamesTheNearest() =>
        PeftRun.Fails(2, ["train", "--lerning_rate", "3"], "--lerning_rate", "did you mean \"--learning_rate\"", "--help");

    [Fact]
    public void Option_OfASection_Misspelt_NamesTheNearest() =>
        PeftRun.Fails(2, ["train", "--training.seeed", "3"], "--training.seed");

    [Fact]
    public void Argument_TooMany_IsNamed() => PeftRun.Fails(2, ["inspect", "a", "b"], "\"b\"", "too many");

    [Fact]
    public void Argument_Missing_IsWrongUsage() => PeftRun.Fails(2, ["inspect"], "inspect --help");

    [Fact]
    public void Option_WithoutItsValue_IsWrongUsage() => PeftRun.Fails(2, ["train", "--learning_rate"], "--learning_rate");

    [Theory]
    [InlineData("--batch_size", "0")]
    [InlineData("--top_k", "-1")]
    [InlineData("--top_k", "many")]
    public void Number_OutOfRange_IsWrongUsage(string option, string value) =>
        PeftRun.Fails(2, ["predict", "model", "text", option, value], option);

    [Fact]
    public void Verbose_ShowsWhereTheErrorCameFrom()
    {
        PeftRun run = PeftRun.Of("inspect", "no-such-folder", "--verbose");
        Assert.Equal(1, run.Exit);
        Assert.Contains("   at PeftSharp", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void FlagWithoutValue_BeforeTheConfig_DoesNotSwallowIt() =>
        PeftRun.Fails(2, ["train", "--bf16", "no-such.yaml"], "There is no configuration file no-such.yaml");
}
