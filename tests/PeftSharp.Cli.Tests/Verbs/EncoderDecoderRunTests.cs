using System.Text.Json.Nodes;
using Xunit;

namespace PeftSharp.Cli.Tests.Verbs;

/// <summary>Texts that are written for others, through every verb.</summary>
public sealed class EncoderDecoderRunTests
{
    private const string Pairs = "article,summary,id\nthe cat sat on the mat,cat sat,1\nthe dog ran in the park,dog ran,2\nthe bird sang a song,bird sang,3\n";

    [Theory]
    [InlineData("{ peft_type: LORA, r: 8, target_modules: all-linear }")]
    [InlineData("{ peft_type: BOTTLENECK, reduction_factor: 2 }")]
    [InlineData("{ peft_type: PREFIX_TUNING, num_virtual_tokens: 4 }")]
    [InlineData("{ peft_type: PROMPT_TUNING, num_virtual_tokens: 4 }")]
    [InlineData("{ peft_type: FULL }")]
    public void TrainEvaluateGenerate_OfSummaries_GoThrough(string method)
    {
        using TinyModel tiny = TinyModel.EncoderDecoder();
        string data = tiny.Write("data.csv", Pairs), run = tiny.PathOf("run");
        string config = tiny.Write("config.yaml", $"model: {tiny.Model}\ndtype: float32\ndata: {{ train: {data}, source_prefix: \"summarize: \" }}\npeft: {method}\ntraining: {{ max_steps: 60, learning_rate: 1e-2, output_dir: {run} }}\n");
        PeftRun trained = PeftRun.Well("train", config);
        Assert.Contains("columns not used: id", trained.Out + trained.Error, StringComparison.Ordinal);
        JsonNode scores = PeftRun.Well("evaluate", run, data, "--json").Json;
        Assert.Equal(3, (int)scores["examples"]!);
        double loss = (double)scores["loss"]!;
        PeftRun.Well("generate", run, "summarize: the cat sat on the mat", "--max_new_tokens", "6", "--json");
        PeftRun.Well("generate", run, "summarize: the cat sat on the mat", "--max_new_tokens", "6", "--num_beams", "3", "--json");
        if (method.Contains("LORA", StringComparison.Ordinal) || method.Contains("FULL", StringComparison.Ordinal))
        {
            string merged = tiny.PathOf("merged");
            PeftRun.Well("merge", run, merged);
            double after = (double)PeftRun.Well("evaluate", merged, data, "--source_prefix", "summarize: ", "--dtype", "float32", "--json").Json["loss"]!;
            Assert.Equal(loss, after, 1e-4 * Math.Abs(loss));
        }
    }

    [Fact]
    public void Train_WithoutATextToWrite_NamesTheColumn()
    {
        using TinyModel tiny = TinyModel.EncoderDecoder();
        PeftRun.Fails(1, ["train", "--model", tiny.Model, "--train", tiny.Write("data.csv", "article,headline\na,b\n"), "--output_dir", tiny.PathOf("run")], "target");
    }

    [Fact]
    public void Train_TooLongTarget_IsCutAndCounted()
    {
        using TinyModel tiny = TinyModel.EncoderDecoder();
        string data = tiny.Write("data.csv", Pairs);
        PeftRun run = PeftRun.Well("train", "--model", tiny.Model, "--train", data, "--max_target_length", "3", "--max_steps", "2", "--output_dir", tiny.PathOf("run"));
        Assert.Contains("3", run.Out + run.Error, StringComparison.Ordinal);
    }
}
