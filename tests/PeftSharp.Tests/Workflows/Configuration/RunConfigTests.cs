using PeftSharp.Data;
using PeftSharp.Methods.Lora;
using PeftSharp.Models;
using PeftSharp.Training;
using PeftSharp.Workflows.Configuration;
using Xunit;

namespace PeftSharp.Tests.Workflows.Configuration;

public sealed class RunConfigTests : IDisposable
{
    // The example of the README.
    private const string Example = """
        model: assets/models/all-MiniLM-L6-v2
        task: SEQ_CLS
        peft: { peft_type: LORA, r: 8, lora_alpha: 16, lora_dropout: 0.1, target_modules: [query, value] }
        data: { train: train.csv, eval: test.csv, text: text, label: category, max_length: 128 }
        training: { output_dir: runs/banking77, learning_rate: 1e-3, num_train_epochs: 3, per_device_train_batch_size: 16, bf16: true }
        """;

    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void Load_TheExample_GivesEveryValue()
    {
        RunConfig config = Load(Example);
        Assert.Equal(TaskType.SequenceClassification, config.Task);
        var lora = Assert.IsType<LoraOptions>(config.Peft);
        Assert.Equal((8, 16.0, 0.1), (lora.R, lora.LoraAlpha, lora.LoraDropout));
        Assert.Equal(["query", "value"], lora.TargetModules!.Names);
        Assert.Equal(("train.csv", "category", 128), (config.Data.Train, config.Data.Label, config.Data.MaxLength));
        Assert.Equal((1e-3, 16), (config.Training.Optimizer.LearningRate, config.Training.Batches.TrainSize));
        Assert.Equal("bfloat16", config.Dtype);
    }

    [Fact]
    public void Load_Flags_WinAndReplaceWholeValues()
    {
        RunConfig config = Load(Example, ("training.learning_rate", "5e-4"), ("r", "16"), ("peft.target_modules", "[key, 'a,b']"), ("label", "text"), ("bf16", "false"));
        Assert.Equal(5e-4, config.Training.Optimizer.LearningRate);
        Assert.Equal(16, ((LoraOptions)config.Peft).R);
        Assert.Equal(["key", "a,b"], ((LoraOptions)config.Peft).TargetModules!.Names);
        Assert.Equal("text", config.Data.Label);
        Assert.Equal("float32", config.Dtype);
    }

    [Theory]
    [InlineData("query", new[] { "query" }, null)]
    [InlineData("query,value", new[] { "query", "value" }, null)]
    [InlineData("all-linear", null, "all-linear")]
    [InlineData(@".*\.(query|value)", null, @".*\.(query|value)")]
    public void Load_TargetModulesAsFlag_IsAListOrAPattern(string value, string[]? names, string? pattern)
    {
        TargetModulesOf(value, out IReadOnlyList<string>? gotNames, out string? gotPattern);
        Assert.Equal(names, gotNames);
        Assert.Equal(pattern, gotPattern);
    }

    [Fact]
    public void Load_WithoutAFile_TakesFlags()
    {
        RunConfig config = RunConfig.Load(null, [new("model", "m"), new("train", "t.csv"), new("labels", "no, yes"), new("delimiter", ";"), new("format", "csv")]);
        Assert.Equal(["no", "yes"], config.Data.Labels);
        Assert.Equal((';', DataFormat.Csv), (config.Data.Delimiter, config.Data.Format));
        Assert.Equal(new TrainingOptions(), config.Training);
        Assert.IsType<LoraOptions>(config.Peft);
    }

    [Fact]
    public void Load_NumberWhereTextBelongs_IsTakenAsWritten() =>
        Assert.Equal(("1", "0.50"), (Load("model: m\ndata: { label: 1, text: 0.50 }").Data.Label, Load("model: m\ndata: { label: 1, text: 0.50 }").Data.Text));

    [Fact]
    public void Load_Compute_IsAutoUnlessToldAndWrittenOut()
    {
        Assert.Equal("auto", Load(Example).Compute);
        RunConfig config = Load(Example, ("compute", "int8"));
        Assert.Equal("int8", config.Compute);
        Assert.Equal("int8", Load(config.ToYaml()).Compute);
    }

    [Fact]
    public void ToYaml_ReadAgain_IsTheSameRun()
    {
        RunConfig config = Load(Example, ("lora_alpha", "32"), ("use_dora", "true"), ("resume_from_checkpoint", "true"), ("delimiter", "tab"));
        string yaml = config.ToYaml();
        RunConfig again = Load(yaml);
        Assert.Equal(yaml, again.ToYaml());
        Assert.Equal(config.Data, again.Data);
        Assert.Equal(config.Training with { Checkpoints = config.Training.Checkpoints with { ResumeFrom = null } }, again.Training);
        Assert.Equal(config.Peft.ToJson().ToJsonString(), again.Peft.ToJson().ToJsonString());
        Assert.DoesNotContain("resume_from_checkpoint", yaml, StringComparison.Ordinal);
        Assert.Contains("adam_beta2: 0.999", yaml, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("model: m\ndtype: float32\ntraining: { bf16: true }", "dtype")]
    [InlineData("model: m\ncompute: int4", "auto, int8")]
    [InlineData("model: m\ndata: { prompt: a }", "completion")]
    [InlineData("model: m\ndata: { limit: 0 }", "limit")]
    [InlineData("model: m\ndata: { limit: 99999999999 }", "limit")]
    [InlineData("model: m\ntask: SEQ_CLSS", "SEQ_CLS")]
    [InlineData("model: m\npeft: { r: 0 }", "'r'")]
    [InlineData("model: m\npeft: { peft_type: BITFIT, r: 3 }", "BITFIT")]
    [InlineData("model: m\ntraining: { eval_strategy: often }", "no, steps, epoch")]
    [InlineData("training: {}", "model")]
    public void Load_Contradiction_IsAConfigException(string yaml, string words) =>
        Assert.Contains(words, Assert.Throws<ConfigException>(() => Load(yaml)).Message, StringComparison.Ordinal);

    private RunConfig Load(string yaml, params (string Name, string Value)[] flags)
    {
        File.WriteAllText(_file, yaml);
        return RunConfig.Load(_file, flags.Select(flag => new ConfigOverride(flag.Name, flag.Value)));
    }

    private void TargetModulesOf(string value, out IReadOnlyList<string>? names, out string? pattern)
    {
        var lora = (LoraOptions)Load(Example, ("target_modules", value)).Peft;
        (names, pattern) = (lora.TargetModules!.Names, lora.TargetModules.Pattern);
    }
}
