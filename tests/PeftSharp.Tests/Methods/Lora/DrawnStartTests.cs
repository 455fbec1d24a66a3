using System.Text.Json.Nodes;
using PeftSharp.Adapters;
using PeftSharp.Methods.Lora;
using PeftSharp.Models;
using PeftSharp.Tests.Parity;
using PeftSharp.Tests.Training;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Methods.Lora;

/// <summary><c>pissa_niter_N</c>: the decomposition is drawn, so files hold plain LoRA that needs none.</summary>
public sealed class DrawnStartTests
{
    private static LoraOptions Options(bool rslora = false, bool dora = false) => new()
    {
        R = 4,
        LoraAlpha = 6,
        UseRslora = rslora,
        UseDora = dora,
        // Few iterations, so that the draw matters.
        Init = LoraInit.PissaWithIterations(1),
        RankPattern = new Dictionary<string, double> { ["v_proj"] = 3 },
        AlphaPattern = new Dictionary<string, double> { ["v_proj"] = 5 },
        TargetModules = TargetModules.Of("q_proj", "v_proj", "embed_tokens"),
    };

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void Save_OfTrainedAdapter_IsLoraOfTwiceTheRankThatComputesTheSame(bool rslora, bool dora)
    {
        using TemporaryFolder folder = new();
        using TinyModel tiny = TinyModel.Open("llama", Options(rslora, dora));
        tiny.Train(tiny.Data(16), Runs.Short(3));
        tiny.Model.SaveAdapter(folder.Root);
        JsonNode config = JsonNode.Parse(File.ReadAllText(Path.Combine(folder.Root, "adapter_config.json")))!;
        Assert.True(config["init_lora_weights"]!.GetValue<bool>());
        Assert.Equal((8, 6), (config["r"]!.GetValue<int>(), config["rank_pattern"]!["v_proj"]!.GetValue<int>()));

        using ModelBatch batch = new(tiny);
        using Tensor trained = tiny.Model.Forward(batch.Input);
        using Tensor untouched = tiny.Model.Forward(batch.Input, Composition.None);
        // Another seed and the base as it was: nothing is drawn again.
        Adapter loaded = tiny.Model.LoadAdapter(folder.Root, "loaded");
        Assert.Empty(loaded.Warnings);
        using Tensor again = tiny.Model.Forward(batch.Input, Composition.Of("loaded"));
        Close.Relative(trained, again, 1e-5, "logits");
        Assert.True(trained.sub(untouched).abs().max().item<float>() > 1e-3f);
    }

    [Fact]
    public void Resume_OfDrawnStart_GivesTheSameWeightsAsOneRun()
    {
        using TemporaryFolder folder = new();
        float[] whole, resumed;
        using (TinyModel tiny = TinyModel.Open("llama", Options()))
        {
            tiny.Train(tiny.Data(16), Runs.Saving(folder.Root, steps: 6, every: 3));
            whole = tiny.Weights();
        }
        Directory.Delete(Path.Combine(folder.Root, "checkpoint-6"), recursive: true);
        using (BaseModel model = BaseModel.Load(TinyModel.FolderOf("llama")))
        using (TinyModel tiny = TinyModel.Open("llama", Options()))
        {
            // Drawn with another seed: what the run began with comes from its checkpoint.
            tiny.Model.RemoveAdapter(PeftModel.DefaultAdapter);
            tiny.Model.AddAdapter(Options(), seed: 8);
            tiny.Train(tiny.Data(16), Runs.Saving(folder.Root, steps: 6, every: 3, resume: PeftSharp.Training.CheckpointOptions.Latest));
            resumed = [.. tiny.Model.Find(PeftModel.DefaultAdapter).Trainable.SelectMany(tensor => tensor.Value.data<float>().ToArray())];
        }
        Assert.Equal(whole, resumed);
    }

    [Fact]
    public void Load_OfFolderThatNamesADraw_TakesTheExactOneAndSaysSo()
    {
        using TemporaryFolder folder = new();
        using TinyModel tiny = TinyModel.Open("llama", new LoraOptions { R = 4, Init = LoraInit.Pissa });
        tiny.Model.SaveAdapter(folder.Root);
        string path = Path.Combine(folder.Root, "adapter_config.json");
        File.WriteAllText(path, File.ReadAllText(path).Replace("\"pissa\"", "\"pissa_niter_16\"", StringComparison.Ordinal));
        Adapter loaded = tiny.Model.LoadAdapter(folder.Root, "loaded");
        Assert.Contains(loaded.Warnings, warning => warning.Contains("pissa_niter_16", StringComparison.Ordinal));
        using ModelBatch batch = new(tiny);
        using Tensor expected = tiny.Model.Forward(batch.Input);
        using Tensor actual = tiny.Model.Forward(batch.Input, Composition.Of("loaded"));
        Close.Relative(expected, actual, 1e-5, "logits");
    }

    /// <summary>One row of tokens.</summary>
    private sealed class ModelBatch(TinyModel tiny) : IDisposable
    {
        public ModelInput Input { get; } = new() { InputIds = tensor(tiny.Examples(1)[0].InputIds.Select(id => (long)id).ToArray()).unsqueeze(0) };

        public void Dispose() => Input.InputIds.Dispose();
    }
}
