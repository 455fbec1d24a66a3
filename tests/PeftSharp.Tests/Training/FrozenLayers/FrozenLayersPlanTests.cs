using PeftSharp.Adapters;
using PeftSharp.Data;
using PeftSharp.Methods.BitFit;
using PeftSharp.Methods.LnTuning;
using PeftSharp.Methods.Lora;
using PeftSharp.Methods.PrefixTuning;
using PeftSharp.Models;
using PeftSharp.Training;
using Xunit;

namespace PeftSharp.Tests.Training;

public sealed class FrozenLayersPlanTests
{
    private static readonly Dictionary<string, PeftOptions> _options = new()
    {
        ["upper"] = new LoraOptions { R = 2, LayersToTransform = [1] },
        ["all"] = new LoraOptions { R = 2 },
        ["prefix"] = new PrefixTuningOptions { NumVirtualTokens = 3 },
        ["bitfit"] = new BitFitOptions(),
        ["norms"] = new LnTuningOptions(),
        ["head"] = new LoraOptions { R = 2, TargetModules = TargetModules.Of("lm_head") },
    };

    [Theory]
    [InlineData("llama", "upper", 2, null)]
    [InlineData("llama", "head", 2, null)]
    [InlineData("bert", "upper", 2, null)]
    [InlineData("llama", "upper", 1, "once")]
    [InlineData("llama", "all", 2, "layers_to_transform")]
    [InlineData("bert", "bitfit", 2, "layers_to_transform")]
    [InlineData("llama", "norms", 2, "layers_to_transform")]
    [InlineData("llama", "prefix", 2, "virtual tokens")]
    public void Refusal_OfARun_NamesItsReason(string family, string method, double epochs, string? reason)
    {
        using TinyModel tiny = TinyModel.Open(family, _options[method]);
        AssertReason(reason, FrozenLayersPlan.Refusal(tiny.Base, tiny.Model.Pass(training: true), PaddingSide.Right, epochs));
    }

    [Theory]
    [InlineData("hidden_dropout_prob")]
    [InlineData("attention_probs_dropout_prob")]
    public void Refusal_OfABaseWithDropout_NamesIt(string key)
    {
        string config = File.ReadAllText(Path.Combine(TinyModel.FolderOf("bert"), "config.json")).Replace($"\"{key}\": 0.0", $"\"{key}\": 0.1", StringComparison.Ordinal);
        using BaseModel model = BaseModel.Create(ModelConfig.Parse(config, "bert"));
        using PeftModel peft = new(model);
        peft.AddAdapter(_options["upper"]);
        AssertReason("dropout", FrozenLayersPlan.Refusal(model, peft.Pass(training: true), PaddingSide.Right, 2));
    }

    [Theory]
    [InlineData("bert", "positions")]
    [InlineData("llama", null)]
    public void Refusal_OfPaddingOnTheLeft_IsForEncoders(string family, string? reason)
    {
        using TinyModel tiny = TinyModel.Open(family, _options["upper"]);
        AssertReason(reason, FrozenLayersPlan.Refusal(tiny.Base, tiny.Model.Pass(training: true), PaddingSide.Left, 2));
    }

    [Fact]
    public void Of_MoreThanFits_TakesTheFirstExamplesOrAFile()
    {
        using TinyModel tiny = TinyModel.Open("llama", _options["upper"]);
        EncodedExample[] examples = tiny.Examples(1500);
        MemoryOptions bound = new() { CacheMegabytes = 1 };
        long row = tiny.Base.HiddenSize * 4, all = examples.Sum(example => example.Length * row);
        Assert.True(all > 1 << 20);
        FrozenLayersPlan some = FrozenLayersPlan.Of(1, tiny.Base, examples, bound);
        Assert.InRange(some.Bytes, (1 << 20) - 14 * row, 1 << 20);
        Assert.Equal(some.Bytes, examples.Take(some.Examples).Sum(example => example.Length * row));
        Assert.Equal(new FrozenLayersPlan(1, 1500, all, row, "there"), FrozenLayersPlan.Of(1, tiny.Base, examples, bound with { CacheFolder = "there" }));
        Assert.Equal(new FrozenLayersPlan(1, 1500, all, row, null), FrozenLayersPlan.Of(1, tiny.Base, examples, new() { CacheFolder = "there" }));
    }

    [Fact]
    public void Train_WhereItIsRefused_WarnsAndGoesOn()
    {
        using TinyModel tiny = TinyModel.Open("llama", _options["all"]);
        RecordingObserver observer = new();
        tiny.Train(tiny.Data(8), Runs.Short(3) with { Memory = new() { CacheFrozenLayers = true } }, observer);
        Assert.Contains("cache_frozen_layers does nothing here", Assert.Single(observer.Warnings), StringComparison.Ordinal);
        Assert.Null(observer.Starts[0].FrozenLayers);
        Assert.Equal(3, observer.Steps.Count);
    }

    private static void AssertReason(string? expected, string? actual)
    {
        if (expected is null)
            Assert.Null(actual);
        else
            Assert.Contains(expected, actual, StringComparison.Ordinal);
    }
}
