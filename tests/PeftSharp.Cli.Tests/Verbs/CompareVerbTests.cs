using System.Text.Json.Nodes;
using System.Xml.Linq;
using Xunit;

namespace PeftSharp.Cli.Tests.Verbs;

/// <summary>Comparisons whose variants are really trained, by the command itself in processes of their own.</summary>
public sealed class CompareVerbTests
{
    [Fact]
    public void Compare_TwoMethodsAndOneThatFails_TellsAllAndGoesOnFromThere()
    {
        using TinyModel tiny = new();
        string config = Config(tiny, "{ name: LoRA <r 2>, peft_type: LORA, r: 2 }", "{ name: nowhere, peft_type: LORA, target_modules: [no_such_module] }", "BITFIT");
        PeftRun run = PeftRun.Fails(1, ["compare", config, "--latency", "5"], "1 of 3 variants failed", "nowhere", "no_such_module");
        foreach (string word in (string[])["LoRA <r 2>", "BITFIT", "accuracy", "trainable", "peak MiB", "request ms", "more is better", "failed", "comparison.svg"])
            Assert.Contains(word, run.Out, StringComparison.Ordinal);
        Assert.Contains("[1/3 LoRA <r 2>] training", run.Error, StringComparison.Ordinal);

        JsonNode json = JsonNode.Parse(File.ReadAllText(tiny.PathOf("out", "comparison.json")))!;
        Assert.Equal(["finished", "failed", "finished"], json["variants"]!.AsArray().Select(variant => (string?)variant!["status"]));
        foreach (JsonNode? variant in json["variants"]!.AsArray().Where(variant => (string?)variant!["status"] == "finished"))
        {
            Assert.InRange((double)variant!["metrics"]!["accuracy"]!, 0, 1);
            Assert.Equal(5, (int)variant["requests"]!);
            foreach (string measure in (string[])["seconds", "latency_median_ms", "latency_p95_ms", "peak_memory_bytes", "adapter_bytes", "saved_bytes", "trainable_parameters"])
                Assert.True((double)variant[measure]! > 0, $"{measure} is {variant[measure]}");
            Assert.True(File.Exists(Path.Combine((string)variant["run"]!, "adapter", "adapter_model.safetensors")));
        }
        // The score is that of the adapter on disk.
        Assert.Equal(
            (double)json["variants"]![0]!["metrics"]!["loss"]!, (double)PeftRun.Well("evaluate", tiny.PathOf("out", "LoRA--r-2"), "--batch_size", "8", "--json").Json["loss"]!);
        XNamespace svg = "http://www.w3.org/2000/svg";
        Assert.Equal(2, XElement.Load(tiny.PathOf("out", "comparison.svg")).Elements(svg + "circle").Count());

        // With the failure mended only that one runs, and --json is all that standard output has.
        config = Config(tiny, "{ name: LoRA <r 2>, peft_type: LORA, r: 2 }", "{ name: nowhere, peft_type: LORA, target_modules: [query] }", "BITFIT");
        PeftRun again = PeftRun.Well("compare", config, "--latency", "5", "--json");
        Assert.Equal(3, again.Json["variants"]!.AsArray().Count);
        Assert.Contains("[1/3 LoRA <r 2>] done before", again.Error, StringComparison.Ordinal);
        Assert.Contains("[2/3 nowhere] training", again.Error, StringComparison.Ordinal);
        Assert.Contains("[3/3 BITFIT] done before", again.Error, StringComparison.Ordinal);
        Assert.Equal(json["variants"]![2]!.ToJsonString(), again.Json["variants"]![2]!.ToJsonString());
    }

    [Fact]
    public async Task Compare_Interrupted_EndsTheRunAndSaysHowToGoOn()
    {
        using TinyModel tiny = new();
        string config = Config(tiny, "LORA", "BITFIT");
        using CancellationTokenSource interrupt = new();
        Task<PeftRun> running = Task.Run(() => PeftRun.Of(interrupt.Token, "compare", config, "--max_steps", "1000000", "--latency", "5"));
        while (!running.IsCompleted && !File.Exists(tiny.PathOf("out", "LORA", "metrics.jsonl")))
            await Task.Delay(20);
        await interrupt.CancelAsync();
        PeftRun stopped = await running;
        Assert.Equal(130, stopped.Exit);
        Assert.Contains("stopped; 0 of 2 variants are done", stopped.Error, StringComparison.Ordinal);
        Assert.Contains($"  peft compare '{config}' --training.max_steps 1000000 --latency 5\n", stopped.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(tiny.PathOf("out", "LORA", "adapter")));
        Assert.False(Directory.Exists(tiny.PathOf("out", "BITFIT")));
    }

    [Fact]
    public void Compare_DecoderByPerplexity_SaysThatLessIsBetter()
    {
        using TinyModel tiny = new(decoder: true);
        string rows = tiny.Write("rows.jsonl", string.Concat(Enumerable.Repeat("{\"prompt\": \"The sky is\", \"completion\": \" blue\"}\n", 8)));
        PeftRun run = PeftRun.Well(
            "compare", "--methods", "IA3", "--model", tiny.Model, "--train", rows, "--test", rows, "--prompt", "prompt", "--completion", "completion", "--max_steps", "2",
            "--latency", "2", "--output_dir", tiny.PathOf("out"), "--json");
        Assert.Equal(("perplexity", false), ((string?)run.Json["metric"], (bool)run.Json["greater_is_better"]!));
    }

    [Theory]
    [InlineData("--methods", "LORA,LORRA", "did you mean \"LORA\"")]
    [InlineData("--methods", "", "empty")]
    [InlineData("--latency", "0", "--latency must be at least 1")]
    [InlineData("--resume_from_checkpoint", "true", "has no --resume_from_checkpoint")]
    [InlineData("--test", "no-such.csv", "no-such.csv")]
    public void Compare_WrongUsage_IsOneErrorAndNoFile(string option, string value, string words)
    {
        using TinyModel tiny = new();
        PeftRun.Fails(option == "--test" ? 1 : 2, ["compare", Config(tiny, "LORA"), option, value], words);
        Assert.False(Directory.Exists(tiny.PathOf("out")));
    }

    private static string Config(TinyModel tiny, params string[] variants)
    {
        string rows = tiny.Reviews();
        return tiny.Write("compare.yaml", $$"""
            model: "{{tiny.Model}}"
            task: SEQ_CLS
            data: { train: "{{rows}}", eval: "{{rows}}" }
            training: { max_steps: 3, output_dir: "{{tiny.PathOf("out")}}", save_strategy: "no" }
            compare: [{{string.Join(", ", variants)}}]
            """);
    }
}
