using PeftSharp.Methods.Bottleneck;
using PeftSharp.Methods.Lora;
using PeftSharp.Testing;
using PeftSharp.Workflows.Comparing;
using PeftSharp.Workflows.Configuration;
using Xunit;

namespace PeftSharp.Tests.Workflows.Comparing;

public sealed class ComparisonConfigTests : IDisposable
{
    private const string Lora = "peft: { r: 4, lora_alpha: 32 }\n";

    private readonly TinyComparison _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Fact]
    public void Load_Methods_GivesEachItsUsualSettingsAndAFolder()
    {
        ComparisonConfig config = ComparisonConfig.Load(_tiny.Write(), [], ["LORA", "BOTTLENECK", "FULL"]);
        Assert.Equal(["LORA", "BOTTLENECK", "FULL"], config.Variants.Select(variant => variant.Name));
        var lora = Assert.IsType<LoraOptions>(config.Variants[0].Config.Peft);
        Assert.Equal((8, 16.0), (lora.R, lora.LoraAlpha));
        Assert.IsType<BottleneckOptions>(config.Variants[1].Config.Peft);
        Assert.Equal([1e-3, 1e-3, 5e-5], config.Variants.Select(variant => variant.Config.Training.Optimizer.LearningRate));
        Assert.All(config.Variants, variant => Assert.Equal(2, variant.Config.Training.Duration.Epochs));
        Assert.Equal(_tiny.Output, config.Folder);
        Assert.Equal(Path.Combine(_tiny.Output, "BOTTLENECK"), config.Variants[1].Folder);
    }

    [Fact]
    public void Load_MethodOfTheRunItself_KeepsTheRunsSettings()
    {
        string file = _tiny.Write(Lora);
        ComparisonConfig config = ComparisonConfig.Load(file, [new("learning_rate", "7e-4")], ["LORA", "BITFIT"]);
        var lora = Assert.IsType<LoraOptions>(config.Variants[0].Config.Peft);
        Assert.Equal((4, 32.0), (lora.R, lora.LoraAlpha));
        Assert.Equal([7e-4, 1e-3], config.Variants.Select(variant => variant.Config.Training.Optimizer.LearningRate));
    }

    [Fact]
    public void Load_Section_SetsKeysOverTheRun()
    {
        ComparisonConfig config = _tiny.Load(Lora + """
            compare:
              - { name: large, r: 64 }
              - { name: half the steps, training: { num_train_epochs: 1 }, peft: { lora_alpha: 8 }, dtype: float32 }
              - { peft_type: IA3, learning_rate: 2e-2 }
              - BITFIT
            """);
        Assert.Equal(["large", "half the steps", "IA3", "BITFIT"], config.Variants.Select(variant => variant.Name));
        Assert.Equal((64, 32.0), Of(0));
        Assert.Equal((4, 8.0), Of(1));
        Assert.Equal([2.0, 1, 2, 2], config.Variants.Select(variant => variant.Config.Training.Duration.Epochs));
        Assert.Equal("float32", config.Variants[1].Config.Dtype);
        // Nothing of the run's LoRA in another method.
        Assert.Equal("IA3", config.Variants[2].Config.Peft.PeftType);
        Assert.Equal(Path.Combine(_tiny.Output, "half-the-steps"), config.Variants[1].Folder);
        Assert.Equal("""{"peft_type":"IA3","learning_rate":0.02}""", config.Variants[2].Settings.ToJsonString());

        (int, double) Of(int variant) => config.Variants[variant].Config.Peft is LoraOptions lora ? (lora.R, lora.LoraAlpha) : default;
    }

    [Fact]
    public void Load_MethodsAndSection_TakesTheMethods() =>
        Assert.Equal(["FULL"], ComparisonConfig.Load(_tiny.Write("compare: [LORA, BITFIT]\n"), [], ["FULL"]).Variants.Select(variant => variant.Name));

    [Theory]
    [InlineData("", "there is nothing to compare", "--methods")]
    [InlineData("compare: []", "line 5", "empty")]
    [InlineData("compare: LORA", "line 5", "must be a list")]
    [InlineData("compare: [[LORA]]", "line 5", "the name of a method")]
    [InlineData("compare: [LORA, LORRA]", "no method \"LORRA\"", "did you mean \"LORA\"")]
    [InlineData("compare: [UNION]", "UNION needs options", "peft_type: UNION")]
    [InlineData("compare: [{r: 4}]", "line 5", "needs a name")]
    [InlineData("compare: [{name: [a], r: 4}]", "line 5", "a list of 1")]
    [InlineData("compare: [{name: \"a\\nb\", r: 4}]", "line 5", "a line of text")]
    [InlineData("compare: [{name: \"a\\uFFFE\", r: 4}]", "line 5", "a line of text")]
    [InlineData("compare: [{name: \"...\", r: 4}]", "a letter or digit", "")]
    [InlineData("compare: [LORA, LORA]", "two variants \"LORA\"", "")]
    [InlineData("compare: [{name: a b}, {name: A-b}]", "\"a b\" and \"A-b\"", "folder A-b")]
    [InlineData("compare: [{name: a, lerning_rate: 3}]", "line 5", "did you mean \"learning_rate\"")]
    [InlineData("compare: [{name: a, peft: {rr: 3}}]", "line 5", "peft.rr")]
    [InlineData("compare: [{name: a, learning_rate: fast}]", "line 5", "must be a number")]
    [InlineData("compare: [{name: a, r: 4, peft: {r: 5}}]", "line 5", "peft.r twice")]
    [InlineData("compare: [{name: a, model: b}]", "\"model\" must be the same for all variants", "line 5")]
    [InlineData("compare: [{name: a, data: {max_length: 5}}]", "\"data.max_length\" must be the same", "line 5")]
    [InlineData("compare: [{name: a, output_dir: b}]", "\"output_dir\" must be the same", "line 5")]
    [InlineData("compare: [{name: a, peft_type: IA3, r: 4}]", "variant \"a\"", "IA3 has no option \"r\"")]
    [InlineData("compare: [{name: a, learning_rate: -1}]", "variant \"a\"", "learning_rate")]
    public void Load_WrongSection_IsOneClearError(string section, string first, string second)
    {
        string message = Assert.Throws<ConfigException>(() => _tiny.Load(section)).Message;
        Assert.Contains(first, message, StringComparison.Ordinal);
        Assert.Contains(second, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("learning_rate", "1e-4", "--learning_rate changes nothing")]
    [InlineData("peft.r", "16", "--peft.r changes nothing")]
    [InlineData("resume_from_checkpoint", "true", "a comparison goes on by itself")]
    public void Load_FlagThatAllVariantsOverrule_IsAnError(string flag, string value, string words) =>
        Assert.Contains(
            words, Assert.Throws<ConfigException>(() => ComparisonConfig.Load(_tiny.Write(), [new(flag, value)], ["IA3", "BITFIT"])).Message, StringComparison.Ordinal);

    [Fact]
    public void Load_FlagThatOneVariantTakes_Counts()
    {
        ComparisonConfig config = _tiny.Load("compare: [{name: a, peft_type: LORA}, {name: b, peft_type: FULL, learning_rate: 1e-5}]", new ConfigOverride("learning_rate", "3e-3"));
        Assert.Equal([3e-3, 1e-5], config.Variants.Select(variant => variant.Config.Training.Optimizer.LearningRate));
    }

    [Fact]
    public void Load_NoRowsToScore_IsAnError() =>
        Assert.Contains(
            "data.test",
            Assert.Throws<ConfigException>(() => ComparisonConfig.Load(null, [new("model", "m"), new("train", "t.csv")], ["LORA"])).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("compare-sst2.yaml", 8)]
    [InlineData("compare-banking77.yaml", 4)]
    public void Load_Examples_AreSound(string name, int variants) =>
        Assert.Equal(variants, ComparisonConfig.Load(Path.Combine(Fixtures.RepositoryRoot, "examples", name), []).Variants.Count);

    [Fact]
    public void LoadOfASingleRun_WithACompareSection_SaysWhatItIsFor() =>
        Assert.Contains(
            "line 5: compare lists the variants of peft compare",
            Assert.Throws<ConfigException>(() => RunConfig.Load(_tiny.Write("compare: [LORA]\n"), [])).Message, StringComparison.Ordinal);
}
