using System.Text.Json.Nodes;
using Xunit;

namespace PeftSharp.Cli.Tests.Verbs;

/// <summary>A fusion of trained adapters from the command line.</summary>
public sealed class FusionRunTests
{
    [Fact]
    public void Train_OfTrainedAdapters_GivesAModelThatStandsAlone()
    {
        using TinyModel tiny = new();
        string fusion = Prepare(tiny, "[stars, \"{0}\"]");
        PeftRun.Well("train", fusion);
        PeftRun.Well("train", tiny.PathOf("fusion", "config.yaml"), "--output_dir", tiny.PathOf("again"));
        foreach (string file in (string[])["adapter_model.safetensors", "film/adapter_model.safetensors", "stars/adapter_model.safetensors", "labels.json"])
            Assert.Equal(File.ReadAllBytes(tiny.PathOf("fusion", "adapter", file)), File.ReadAllBytes(tiny.PathOf("again", "adapter", file)));

        // What was trained before is not needed any more.
        Directory.Delete(tiny.PathOf("film"), recursive: true);
        Directory.Delete(tiny.PathOf("stars"), recursive: true);
        string test = tiny.Reviews("test.csv", 10);
        JsonNode score = PeftRun.Well("evaluate", tiny.PathOf("fusion"), test, "--json").Json;
        Assert.InRange((double)score["accuracy"]!, 0, 1);
        JsonNode atCheckpoint = PeftRun.Well("evaluate", tiny.PathOf("fusion", "checkpoint-4"), test, "--labels", "negative,positive", "--json").Json;
        Assert.Equal((double)score["loss"]!, (double)atCheckpoint["loss"]!);
        Assert.Contains("negative", PeftRun.Well("predict", tiny.PathOf("fusion"), "a bad film", "--top_k", "2", "--json").Out, StringComparison.Ordinal);
        PeftRun.Well("inspect", tiny.PathOf("fusion"));
    }

    [Fact]
    public void Train_Resumed_GivesTheSameBytes()
    {
        using TinyModel tiny = new();
        string fusion = Prepare(tiny, "[stars, \"{0}\"]");
        PeftRun.Well("train", fusion);
        byte[] expected = File.ReadAllBytes(tiny.PathOf("fusion", "adapter", "adapter_model.safetensors"));
        PeftRun.Well("train", fusion, "--resume_from_checkpoint", tiny.PathOf("fusion", "checkpoint-2"));
        Assert.Equal(expected, File.ReadAllBytes(tiny.PathOf("fusion", "adapter", "adapter_model.safetensors")));
    }

    [Theory]
    [InlineData("[stars, nowhere]", "nowhere is no adapter folder")]
    [InlineData("[\"{0}\"]", "at least two adapters")]
    [InlineData("[\"{0}\", \"{0}\"]", "2 of the adapters would be called 'film'")]
    public void Train_OfWhatCannotBe_SaysSoAndWritesNothing(string folders, string words)
    {
        using TinyModel tiny = new();
        PeftRun failed = PeftRun.Of("train", Prepare(tiny, folders));
        Assert.NotEqual(0, failed.Exit);
        Assert.Contains(words, Assert.Single(failed.ErrorLines, line => line.StartsWith("error: ", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.False(Directory.Exists(tiny.PathOf("fusion")));
    }

    /// <summary>Trains an adapter for two classes and one for three, and writes the configuration of their fusion.</summary>
    private static string Prepare(TinyModel tiny, string folders)
    {
        string stars = tiny.Write("stars.csv", "text,label\n" + string.Join('\n', Enumerable.Range(0, 24).Select(i => $"film number {i},{i % 3}")) + "\n");
        PeftRun.Well("train", Config(tiny, "film", tiny.Reviews(), "{ peft_type: BOTTLENECK, reduction_factor: 4 }"));
        PeftRun.Well("train", Config(tiny, "stars", stars, "{ peft_type: BOTTLENECK, preset: double_seq_bn, reduction_factor: 6 }"));
        string own = folders.Replace("{0}", tiny.PathOf("film", "adapter"), StringComparison.Ordinal).Replace("stars", $"\"{tiny.PathOf("stars")}\"", StringComparison.Ordinal);
        return Config(tiny, "fusion", tiny.Reviews(), $"{{ peft_type: ADAPTER_FUSION, adapter_folders: {own} }}");
    }

    private static string Config(TinyModel tiny, string name, string data, string peft) => tiny.Write($"{name}.yaml", $$"""
        model: "{{tiny.Model}}"
        task: SEQ_CLS
        peft: {{peft}}
        data: { train: "{{data}}" }
        training: { max_steps: 4, save_strategy: steps, save_steps: 2, output_dir: "{{tiny.PathOf(name)}}", learning_rate: 1e-3 }
        """);
}
