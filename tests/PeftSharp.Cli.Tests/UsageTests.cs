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

    [Theory]
    [InlineData("--model_name_or_path", "--task", "ner", "--train_file", "no-such.csv")]
    [InlineData("--model", "--task", "token-classification", "--train", "no-such.csv", "--validation_file", "x.csv", "--test_file", "y.csv")]
    [InlineData("--model_name_or_path", "--task", "qa", "--method", "lora", "--lora_r", "4", "--train", "no-such.csv", "--overwrite_output_dir", "--do_train", "--bf16", "False", "--per_device_train_batch_size", "4", "--per_device_eval_batch_size", "4", "--evaluation_strategy", "no", "--lr", "1e-3", "--epochs", "1", "--max_seq_length", "32")]
    [InlineData("--model", "--task", "classification", "--peft_type", "full", "--train", "no-such.csv", "--do_train", "true", "--dtype", "fp32")]
    public void Train_OptionsOfTransformersScripts_AreUnderstood(string model, params string[] others)
    {
        using TinyModel tiny = new();
        PeftRun.Fails(1, ["train", model, tiny.Model, .. others], "no-such.csv");
    }

    [Fact]
    public void Value_Misspelt_NamesTheNearest() =>
        PeftRun.Fails(2, ["train", "--eval_strategy", "epochs"], "eval_strategy", "did you mean \"epoch\"");

    [Fact]
    public void Train_OptionThatChangesNothing_IsTakenWithANote() =>
        Assert.Contains("note: --overwrite_output_dir", PeftRun.Of("train", "no-such.yaml", "--overwrite_output_dir").Error, StringComparison.Ordinal);

    [Theory]
    [InlineData("train", "--fp16", "--bf16")]
    [InlineData("train", "--do_eval", "--eval_strategy")]
    [InlineData("train", "--do_predict", "peft predict")]
    [InlineData("train", "--do_train=false", "always trains")]
    [InlineData("train", "--dataset_name", "--train FILE")]
    [InlineData("train", "--push_to_hub", "hf upload")]
    [InlineData("train", "--load_in_8bit", "--compute int8")]
    [InlineData("train", "--output", "--output_dir")]
    [InlineData("train", "--batch_size", "--per_device_train_batch_size")]
    [InlineData("train", "--top_k", "an option of peft")]
    [InlineData("predict", "--model_name_or_path", "peft predict MODEL")]
    [InlineData("predict", "--input_file", "--file")]
    [InlineData("evaluate", "--file", "peft evaluate MODEL FILE")]
    [InlineData("merge", "--output_dir", "peft merge MODEL OUTPUT")]
    [InlineData("train", "--config", "peft train CONFIG")]
    [InlineData("predict", "--output_dir", "--output")]
    [InlineData("generate", "--max_tokens", "--max_new_tokens")]
    public void Option_OfOtherTools_IsAnsweredWithWhatItIsHere(string verb, string option, string answer) =>
        PeftRun.Fails(2, [verb, option, "x"], option.Split('=')[0], answer);

    [Fact]
    public void Key_OfTransformersScripts_InAFile_IsAnsweredWithItsName()
    {
        using TinyModel tiny = new();
        PeftRun.Fails(2, ["train", tiny.Write("run.yaml", "model_name_or_path: x\n")], "model_name_or_path", "here it is \"model\"");
    }

    [Fact]
    public void Model_ThatIsAnIdOfTheHub_IsAnsweredWithHowToGetIt() =>
        PeftRun.Fails(1, ["train", "--model", "some-owner/some-model", "--train", "x.csv"], "some-owner/some-model", "hf download", "cache");

    [Fact]
    public void FlagWithoutValue_BeforeTheConfig_DoesNotSwallowIt() =>
        PeftRun.Fails(2, ["train", "--bf16", "no-such.yaml"], "There is no configuration file no-such.yaml");
}
