using PeftSharp.Testing;
using Xunit;

namespace PeftSharp.Cli.Tests;

/// <summary>Whatever is wrong: one line that says what and where, the right exit code, and no half-written run.</summary>
public sealed class BadInputTests : IDisposable
{
    private readonly TinyModel _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Fact]
    public void Model_NotThere() => Fails(1, ["--model", "no-such-model", "--train", _tiny.Reviews()], "no-such-model");

    [Fact]
    public void Model_NotGiven() => PeftRun.Fails(2, ["train", "--train", _tiny.Reviews()], "\"model\" is missing", "--model");

    [Fact]
    public void Data_NotGiven() => Fails(2, [], "data.train is missing");

    [Fact]
    public void Data_NotThere() => Fails(1, ["--train", _tiny.PathOf("reveiws.csv")], "reveiws.csv: no such file");

    [Fact]
    public void Data_ColumnNotThere() => Fails(1, ["--train", _tiny.Reviews(), "--label", "labl"], "line 2", "no column \"labl\"", "did you mean \"label\"");

    [Fact]
    public void Data_WithoutAHeader() =>
        Fails(1, ["--train", _tiny.Write("rows.csv", "a good film,positive\na bad film,negative\n")], "rows.csv, line 2", "--columns text,label");

    [Fact]
    public void Data_RowUnreadable() =>
        Fails(1, ["--train", _tiny.Write("bad.jsonl", "{\"text\": \"a\", \"label\": \"x\"}\n{\"text\": \"b\", \"label\": \n")], "bad.jsonl, line 2");

    [Fact]
    public void Data_LabelNotInTheList() =>
        Fails(1, ["--train", _tiny.Reviews(), "--labels", "positive,neutral"], "reviews.csv, line 3", "\"negative\"");

    [Fact]
    public void Data_TestLabelNotInTraining() =>
        Fails(1, ["--train", _tiny.Reviews(), "--test", _tiny.Write("test.csv", "text,label\na,other\n")], "test.csv, line 2", "\"other\"");

    [Fact]
    public void Data_NumbersAsLabels() => Fails(2, ["--train", _tiny.Write("numbers.csv", "text,label\na,1.5\nb,2\n")], "regression");

    [Fact]
    public void Architecture_Unknown()
    {
        File.WriteAllText(_tiny.PathOf("model", "config.json"), "{\"model_type\": \"mamba\"}");
        Fails(1, ["--train", _tiny.Reviews()], "mamba", "bert");
    }

    [Fact]
    public void Tensor_OfTheWrongShape()
    {
        string config = _tiny.PathOf("model", "config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace("\"intermediate_size\": 32", "\"intermediate_size\": 40", StringComparison.Ordinal));
        Fails(1, ["--train", _tiny.Reviews()], "intermediate.dense.weight", "[32, 24]", "[40, 24]");
    }

    [Fact]
    public void TargetModule_ThatMatchesNothing() => Fails(1, ["--train", _tiny.Reviews(), "--target_modules", "qeury"], "qeury", "query");

    [Fact]
    public void Tokenizer_OfAnotherModel()
    {
        string config = _tiny.PathOf("model", "config.json");
        using TinyModel other = new(decoder: true);
        File.Copy(other.PathOf("model", "tokenizer.json"), _tiny.PathOf("model", "tokenizer.json"), overwrite: true);
        Fails(1, ["--train", _tiny.Reviews()], "different models");
    }

    [Fact]
    public void Tokenizer_NotThere()
    {
        File.Delete(_tiny.PathOf("model", "tokenizer.json"));
        Fails(1, ["--train", _tiny.Reviews()], "no tokenizer.json");
    }

    [Fact]
    public void Adapter_ForAnotherBase() =>
        PeftRun.Fails(1, ["predict", _tiny.Model, "text", "--adapter", Fixtures.PathOf("hf_peft", "bert", "lora")], "adapter");

    [Fact]
    public void Task_Impossible() => Fails(1, ["--train", _tiny.Reviews(), "--task", "CAUSAL_LM", "--text", "text"], "CAUSAL_LM");

    [Fact]
    public void Task_NotTold() => PeftRun.Fails(2, ["train", "--model", _tiny.Model, "--train", _tiny.Reviews()], "set task to");

    [Fact]
    public void Device_NotThere() => Fails(2, ["--train", _tiny.Reviews(), "--device", "cuda"], "cuda");

    [Fact]
    public void MaxLength_LongerThanTheModel() => Fails(2, ["--train", _tiny.Reviews(), "--max_length", "49"], "48");

    [Fact]
    public void Metric_Unknown() => Fails(1,
        ["--train", _tiny.Reviews(), "--eval", _tiny.Reviews("eval.csv"), "--eval_strategy", "epoch", "--metric_for_best_model", "acuracy"], "accuracy");

    [Fact]
    public void Number_NotANumber() => Fails(2, ["--train", _tiny.Reviews(), "--learning_rate", "fast"], "learning_rate", "a number", "fast");

    [Fact]
    public void Number_OutOfRange() => Fails(2, ["--train", _tiny.Reviews(), "--learning_rate", "-1"], "learning_rate");

    [Fact]
    public void Method_Unknown() => Fails(2, ["--train", _tiny.Reviews(), "--peft_type", "LORRA"], "LORRA", "LORA");

    [Fact]
    public void Option_OfAnotherMethod() => Fails(2, ["--train", _tiny.Reviews(), "--peft_type", "BITFIT", "--r", "4"], "BITFIT", "\"r\"");

    [Theory]
    [InlineData("training:\n  lerning_rate: 1\n", "run.yaml, line 2", "did you mean \"learning_rate\"")]
    [InlineData("model: x\nlearning_rate: 1\n", "run.yaml, line 2", "training.learning_rate")]
    [InlineData("peft:\n  rnak: 1\n", "run.yaml, line 2", "peft.rnak")]
    [InlineData("model: [a\n", "run.yaml, line", "not valid YAML")]
    [InlineData("training:\n  bf16: maybe\n", "run.yaml, line 2", "true or false")]
    [InlineData("- a\n- b\n", "run.yaml, line 1", "keys and values")]
    public void Config_Wrong_NamesTheLine(string yaml, string place, string words) =>
        PeftRun.Fails(2, ["train", _tiny.Write("run.yaml", yaml)], place, words);

    [Fact]
    public void Output_ThatCannotBeWritten() =>
        PeftRun.Fails(1, ["train", "--model", _tiny.Model, "--task", "SEQ_CLS", "--train", _tiny.Reviews(), "--max_steps", "1", "--output_dir", _tiny.Write("file", "")], "file");

    private void Fails(int exit, string[] args, params string[] words)
    {
        PeftRun.Fails(exit, ["train", "--output_dir", _tiny.PathOf("run"), .. args.Contains("--model") ? [] : (string[])["--model", _tiny.Model], .. args.Contains("--task") ? [] : (string[])["--task", "SEQ_CLS"], .. args], words);
        Assert.False(Directory.Exists(_tiny.PathOf("run")));
    }
}
