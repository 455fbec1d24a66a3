using System.Text.Json.Nodes;
using PeftSharp.Adapters;
using PeftSharp.Methods.AdaLora;
using PeftSharp.Models;
using PeftSharp.Tests.Parity;
using PeftSharp.Tests.Training;
using PeftSharp.Training;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Methods;

/// <summary>AdaLoRA driven by the trainer: ranks come down without being asked for, and survive saving and resuming.</summary>
[Collection(SeededTorch.Name)]
public sealed class AdaLoraTrainingTests
{
    private static readonly AdaLoraOptions _options = new() { InitR = 6, TargetR = 2, LoraAlpha = 12, TInit = 2, TFinal = 3 };

    [Theory]
    [InlineData("bert")]
    [InlineData("llama")]
    public void Train_WithoutTotalStep_PrunesToTheTarget(string family)
    {
        using TemporaryFolder folder = new();
        using TinyModel tiny = TinyModel.Open(family, _options);
        tiny.Train(tiny.Data(16), Runs.Short(12));
        tiny.Model.SaveAdapter(folder.Root);
        JsonNode config = JsonNode.Parse(File.ReadAllText(folder.At("adapter_config.json")))!;
        Assert.Equal(12, (int)config["total_step"]!);
        JsonObject pattern = config["rank_pattern"]!.AsObject();
        Assert.Equal(4, pattern.Count);
        Assert.All(pattern, pair => Assert.EndsWith(".lora_E", pair.Key, StringComparison.Ordinal));
        Assert.Equal(4 * 2, pattern.Sum(pair => pair.Value!.AsArray().Count(kept => (bool)kept!)));
    }

    [Fact]
    public void Save_OfPruned_LoadsAsTheSameFunction()
    {
        using var scope = NewDisposeScope();
        using TemporaryFolder folder = new();
        using TinyModel tiny = TinyModel.Open("llama", _options with { DeltaT = 4 });
        tiny.Train(tiny.Data(16), Runs.Short(12));
        tiny.Model.SaveAdapter(folder.Root);
        Adapter again = tiny.Model.LoadAdapter(folder.Root, "again");
        Assert.True(again.TrainableCount < tiny.Adapter.TrainableCount);
        ModelInput input = MethodVariants.Input(tiny.Base);
        Close.Relative(tiny.Model.Forward(input), tiny.Model.Forward(input, Composition.Of("again")), 1e-6, "logits");
        // Saved once more, the folder stays what it was.
        tiny.Model.SaveAdapter(folder.Root, "again");
        foreach (string file in (string[])["adapter_config.json", "adapter_model.safetensors"])
            Assert.Equal(File.ReadAllBytes(folder.At(file)), File.ReadAllBytes(folder.At("again", file)));
    }

    [Fact]
    public void Train_OfLoadedAdapter_KeepsItsRanks()
    {
        using TemporaryFolder folder = new();
        using TinyModel tiny = TinyModel.Open("llama", _options);
        tiny.Train(tiny.Data(16), Runs.Short(12));
        tiny.Model.SaveAdapter(folder.Root);
        tiny.Model.LoadAdapter(folder.Root, "again");
        tiny.Train(tiny.Data(16), Runs.Short(4), adapter: "again");
        tiny.Model.SaveAdapter(folder.Root, "again");
        Assert.Equal(
            JsonNode.Parse(File.ReadAllText(folder.At("adapter_config.json")))!["rank_pattern"]!.ToJsonString(),
            JsonNode.Parse(File.ReadAllText(folder.At("again", "adapter_config.json")))!["rank_pattern"]!.ToJsonString());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(6)]
    [InlineData(10)]
    public void Train_StoppedAndResumed_EndsWithTheSameBits(int stopAt)
    {
        using TemporaryFolder folder = new();
        byte[] whole = Finish(folder.At("a"), stopAt: null, resume: null);
        Finish(folder.At("b"), stopAt, resume: null);
        Assert.Equal(whole, Finish(folder.At("b"), stopAt: null, CheckpointOptions.Latest));
    }

    [Fact]
    public void Checkpoint_InTheMiddle_IsAnAdapterFolder()
    {
        using var scope = NewDisposeScope();
        using TemporaryFolder folder = new();
        Finish(folder.Root, stopAt: 7, resume: null);
        using TinyModel tiny = TinyModel.Open("llama", _options);
        Adapter loaded = tiny.Model.LoadAdapter(folder.At("checkpoint-7"), "checkpoint");
        Assert.NotNull(((AdaLoraOptions)loaded.Options).RankPattern);
    }

    [Fact]
    public void Train_ShorterThanTotalStep_WarnsThatRanksStayHigh()
    {
        using TinyModel tiny = TinyModel.Open("llama", _options with { TotalStep = 1000 });
        RecordingObserver observer = new();
        tiny.Train(tiny.Data(8), Runs.Short(4), observer);
        Assert.Contains("total_step is 1000", Assert.Single(observer.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Train_TooShortForItsSchedule_IsAnErrorBeforeTheFirstStep()
    {
        using TinyModel tiny = TinyModel.Open("llama", _options with { TInit = 5 });
        RecordingObserver observer = new();
        PeftException error = Assert.Throws<PeftException>(() => tiny.Train(tiny.Data(8), Runs.Short(8), observer));
        Assert.Contains("tinit 5 and tfinal 3 leave none of the 8 steps", error.Message, StringComparison.Ordinal);
        Assert.Empty(observer.Steps);
    }

    [Fact]
    public void Train_WithPenalty_ReportsItInTheLossAndAccumulationIsTheFullBatch()
    {
        float[] Weights(int size, int accumulation, out double loss)
        {
            using TinyModel tiny = TinyModel.Open("llama", _options with { TotalStep = 100 });
            RecordingObserver observer = new();
            TrainingOptions options = Runs.Short(1) with { Batches = new() { TrainSize = size, Accumulation = accumulation } };
            tiny.Train(tiny.Data(8), options, observer);
            loss = observer.Steps[0].Loss;
            return tiny.Weights();
        }
        float[] whole = Weights(8, 1, out double first), parts = Weights(2, 4, out double second);
        Assert.Equal(first, second, 1e-4);
        for (int i = 0; i < whole.Length; i++)
            Assert.Equal(whole[i], parts[i], 1e-3f);
        using TinyModel bare = TinyModel.Open("llama", _options with { TotalStep = 100, OrthRegWeight = 0 });
        RecordingObserver without = new();
        bare.Train(bare.Data(8), Runs.Short(1), without);
        Assert.True(first > without.Steps[0].Loss + 0.1, "the penalty is not in the loss");
    }

    private static byte[] Finish(string folder, int? stopAt, string? resume)
    {
        using TinyModel tiny = TinyModel.Open("llama", _options);
        using CancellationTokenSource source = new();
        RecordingObserver observer = new() { OnStep = step => { if (step.Step == stopAt) source.Cancel(); } };
        tiny.Train(tiny.Data(16), Runs.Saving(folder, 12, 50, resume: resume), observer, source);
        tiny.Model.SaveAdapter(folder);
        return [.. File.ReadAllBytes(Path.Combine(folder, "adapter_model.safetensors")), .. File.ReadAllBytes(Path.Combine(folder, "adapter_config.json"))];
    }
}
