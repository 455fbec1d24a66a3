using System.Text.Json.Nodes;
using PeftSharp.Workflows.Configuration;
using Xunit;

namespace PeftSharp.Cli.Tests.Verbs;

public sealed class TrainVerbTests
{
    [Fact]
    public void Train_WithFlagsOnly_WritesTheWholeRun()
    {
        using TinyModel tiny = new();
        string run = tiny.Trained("--test", tiny.Reviews("test.csv", 10));
        Assert.Equal(
            ["adapter/adapter_config.json", "adapter/adapter_model.safetensors", "adapter/labels.json", "config.yaml", "metrics.jsonl"],
            Directory.EnumerateFiles(run, "*", SearchOption.AllDirectories)
                .Select(path => Path.GetRelativePath(run, path).Replace('\\', '/'))
                .Where(path => !path.StartsWith("checkpoint-", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        JsonNode labels = JsonNode.Parse(File.ReadAllText(Path.Combine(run, "adapter", "labels.json")))!;
        Assert.Equal("negative", (string?)labels["id2label"]!["0"]);
        Assert.Equal(1, (int)labels["label2id"]!["positive"]!);
        Assert.All(File.ReadAllLines(Path.Combine(run, "metrics.jsonl")), line => Assert.NotNull(JsonNode.Parse(line)));
    }

    [Fact]
    public void Train_AsJson_HasTheScoresAndSizes()
    {
        using TinyModel tiny = new();
        JsonNode json = PeftRun.Well(
            "train", "--model", tiny.Model, "--task=SEQ_CLS", "--data.train", tiny.Reviews(), "--test", tiny.Reviews("test.csv", 10),
            "--max_steps", "4", "--output_dir", tiny.PathOf("run"), "--json").Json;
        Assert.False((bool)json["stopped"]!);
        Assert.Equal(4, (long)json["steps"]!);
        Assert.InRange((double)json["test"]!["accuracy"]!, 0, 1);
        Assert.Equal(10, (int)json["test"]!["examples"]!);
        Assert.True((long)json["trainable_parameters"]! < (long)json["parameters"]!);
        Assert.Equal(4 * (long)json["trainable_parameters"]!, (long)json["adapter_bytes"]!);
        Assert.True((double)json["prepare_seconds"]! > 0);
        // The libraries alone are more.
        Assert.True((long)json["peak_memory_bytes"]! > 50 << 20);
    }

    [Fact]
    public void Train_AgainFromItsResolvedConfig_GivesTheSameBytes()
    {
        using TinyModel tiny = new();
        string run = tiny.Trained("--peft.r", "4", "--target_modules", "query,key");
        PeftRun.Well("train", Path.Combine(run, "config.yaml"), "--output_dir", tiny.PathOf("again"));
        foreach (string file in (string[])["adapter_model.safetensors", "adapter_config.json", "labels.json"])
            Assert.Equal(File.ReadAllBytes(Path.Combine(run, "adapter", file)), File.ReadAllBytes(tiny.PathOf("again", "adapter", file)));
    }

    [Theory]
    [InlineData("--gradient_checkpointing", "true")]
    [InlineData("--cache_frozen_layers", "true")]
    public void Train_ComputedAgainOrFromACache_GivesTheSameScores(params string[] flags)
    {
        using TinyModel tiny = new();
        string[] run = ["train", "--model", tiny.Model, "--task=SEQ_CLS", "--data.train", tiny.Reviews(), "--test", tiny.Reviews("test.csv", 10), "--layers_to_transform", "1", "--max_steps", "8", "--json"];
        JsonNode plain = PeftRun.Well([.. run, "--output_dir", tiny.PathOf("a")]).Json, changed = PeftRun.Well([.. run, "--output_dir", tiny.PathOf("b"), .. flags]).Json;
        Assert.Equal((double)plain["test"]!["loss"]!, (double)changed["test"]!["loss"]!, 1e-5);
        Assert.Contains($"{flags[0][2..]}: true", File.ReadAllText(tiny.PathOf("b", "config.yaml")), StringComparison.Ordinal);
    }

    [Fact]
    public void Train_FlagsWinOverTheFile()
    {
        using TinyModel tiny = new();
        string config = tiny.Write("run.yaml", $$"""
            model: "{{tiny.Model}}"
            task: SEQ_CLS
            peft: { r: 2, target_modules: [query] }
            data:
              train: "{{tiny.Reviews()}}"
            training: { max_steps: 1, output_dir: "{{tiny.PathOf("a")}}", learning_rate: 1e-3 }
            """);
        PeftRun.Well("train", config, "--peft.r=4", "--output_dir", tiny.PathOf("b"));
        Assert.False(Directory.Exists(tiny.PathOf("a")));
        RunConfig used = RunConfig.Load(tiny.PathOf("b", "config.yaml"), []);
        Assert.Equal(1e-3, used.Training.Optimizer.LearningRate);
        Assert.Contains("\"r\": 4", File.ReadAllText(tiny.PathOf("b", "adapter", "adapter_config.json")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Train_Interrupted_WritesACheckpointAndSaysHowToGoOn()
    {
        using TinyModel tiny = new();
        string data = tiny.Reviews(), run = tiny.PathOf("run");
        string[] args = ["train", "--model", tiny.Model, "--task", "SEQ_CLS", "--train", data, "--num_train_epochs", "100000", "--save_steps", "20", "--output_dir", run];
        using CancellationTokenSource interrupt = new();
        Task<PeftRun> running = Task.Run(() => PeftRun.Of(interrupt.Token, args));
        while (!running.IsCompleted && !Directory.Exists(Path.Combine(run, "checkpoint-20")))
            await Task.Delay(10);
        await interrupt.CancelAsync();
        PeftRun stopped = await running;
        Assert.Equal(130, stopped.Exit);
        Assert.Contains("--resume_from_checkpoint true", stopped.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(run, "adapter")));

        // The last checkpoint's step is the length of the resumed run, which therefore only saves the adapter.
        int step = Directory.GetDirectories(run, "checkpoint-*").Max(folder => int.Parse(Path.GetFileName(folder)[11..], System.Globalization.CultureInfo.InvariantCulture));
        PeftRun resumed = PeftRun.Well([.. args, "--resume_from_checkpoint", "true", "--max_steps", $"{step + 1}"]);
        Assert.Contains("going on from", resumed.Error, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(run, "adapter", "adapter_model.safetensors")));
    }

    [Fact]
    public void Train_TruncatedRows_AreCountedLoudly()
    {
        using TinyModel tiny = new();
        PeftRun run = PeftRun.Well(
            "train", "--model", tiny.Model, "--task", "SEQ_CLS", "--train", tiny.Reviews(), "--max_length", "5", "--max_steps", "1", "--output_dir", tiny.PathOf("run"));
        Assert.Contains("warning: 24 examples were longer than max_length", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("TOKEN_CLS", "{\"tokens\": [\"Anna\", \"sleeps\"], \"tags\": [\"B-PER\", \"O\"]}", "f1")]
    [InlineData("QUESTION_ANS", "{\"question\": \"Who sleeps?\", \"context\": \"Anna sleeps.\", \"answers\": {\"text\": [\"Anna\"], \"answer_start\": [0]}}", "exact_match")]
    public void Train_OtherTasks_AreScoredByTheirOwnMetrics(string task, string row, string metric)
    {
        using TinyModel tiny = new();
        string rows = tiny.Write("rows.jsonl", string.Concat(Enumerable.Repeat(row + "\n", 8)));
        JsonNode json = PeftRun.Well(
            "train", "--model", tiny.Model, "--task", task, "--train", rows, "--test", rows, "--learning_rate", "3e-2", "--num_train_epochs", "40",
            "--output_dir", tiny.PathOf("run"), "--json").Json;
        // One row, learnt by heart.
        Assert.Equal(1, (double)json["test"]![metric]!);
        string predicted = PeftRun.Well("predict", tiny.PathOf("run"), "--file", rows, "--json").Out;
        Assert.Contains(task == "TOKEN_CLS" ? "{\"type\":\"PER\",\"text\":\"Anna\"}" : "\"answer\":\"Anna\"", predicted, StringComparison.Ordinal);
    }

    [Fact]
    public void Train_OneLabelName_IsARegression()
    {
        using TinyModel tiny = new();
        string rows = tiny.Write("rows.tsv", "text\tscore\n" + string.Concat(Enumerable.Range(0, 8).Select(i => $"number {i}\t{i / 2.0}\n")));
        JsonNode json = PeftRun.Well(
            "train", "--model", tiny.Model, "--task", "SEQ_CLS", "--train", rows, "--test", rows, "--label", "score", "--labels", "score",
            "--max_steps", "2", "--output_dir", tiny.PathOf("run"), "--json").Json;
        Assert.NotNull(json["test"]!["pearson"]);
        Assert.Contains("\"value\":", PeftRun.Well("predict", tiny.PathOf("run"), "number 3", "--json").Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Train_LanguageModel_LearnsCompletionsAndGeneratesThem()
    {
        using TinyModel tiny = new(decoder: true);
        string rows = tiny.Write("rows.jsonl", string.Concat(Enumerable.Repeat("{\"prompt\": \"The sky is\", \"completion\": \" blue\"}\n", 8)));
        JsonNode json = PeftRun.Well(
            "train", "--model", tiny.Model, "--train", rows, "--test", rows, "--prompt", "prompt", "--completion", "completion",
            "--learning_rate", "2e-2", "--num_train_epochs", "60", "--r", "8", "--target_modules", "all-linear", "--output_dir", tiny.PathOf("run"), "--json").Json;
        // The frozen random head of 49,152 rows allows no better than about 3; untrained it is above 100,000.
        Assert.InRange((double)json["test"]!["perplexity"]!, 1, 10);
        PeftRun text = PeftRun.Well("generate", tiny.PathOf("run"), "The sky is", "--max_new_tokens", "8");
        Assert.Equal(" blue\n", text.Out);
    }
}
