using System.Text.Json.Nodes;
using Xunit;

namespace PeftSharp.Cli.Tests.Verbs;

public sealed class EvaluateVerbTests
{
    [Fact]
    public void Evaluate_Run_UsesItsTestFileAndColumns()
    {
        using TinyModel tiny = new();
        string run = tiny.Trained("--test", tiny.Reviews("test.csv", 10));
        JsonNode json = PeftRun.Well("evaluate", run, "--json").Json;
        Assert.Equal(10, (int)json["examples"]!);
        foreach (string metric in (string[])["loss", "accuracy", "macro_f1", "matthews"])
            Assert.True(double.IsFinite((double)json[metric]!));
    }

    [Fact]
    public void Evaluate_AdapterFolderWithOtherColumns_GivesATable()
    {
        using TinyModel tiny = new();
        string run = tiny.Trained();
        string other = tiny.Write("other.tsv", "sentence\tclass\na good film\tpositive\na bad film\t0\n");
        string table = PeftRun.Well("evaluate", Path.Combine(run, "adapter"), other, "--text", "sentence", "--label", "class").Out;
        Assert.Contains("accuracy", table, StringComparison.Ordinal);
        Assert.Contains("macro_f1", table, StringComparison.Ordinal);
    }

    [Fact]
    public void Evaluate_ModelWithAdapterBeside_GivesWhatTheRunGives()
    {
        using TinyModel tiny = new();
        string run = tiny.Trained(), test = tiny.Reviews("test.csv", 10);
        JsonNode a = PeftRun.Well("evaluate", run, test, "--json").Json, b = PeftRun.Well("evaluate", tiny.Model, test, "--adapter", run, "--json").Json;
        Assert.Equal((double)a["loss"]!, (double)b["loss"]!);
    }

    [Fact]
    public void Evaluate_UnknownLabel_SaysFileLineAndTheNearest()
    {
        using TinyModel tiny = new();
        string run = tiny.Trained();
        PeftRun.Fails(1, ["evaluate", run, tiny.Write("bad.csv", "text,label\nfine,positive\nwhat,positiv\n")], "bad.csv, line 3", "positiv", "did you mean \"positive\"");
    }

    [Fact]
    public void Evaluate_WithoutAFile_IsWrongUsage()
    {
        using TinyModel tiny = new();
        PeftRun.Fails(2, ["evaluate", tiny.Trained()], "no file to evaluate on");
    }

    [Fact]
    public void Evaluate_BaseWithoutATrainedHead_IsRefused()
    {
        using TinyModel tiny = new();
        PeftRun.Fails(1, ["evaluate", tiny.Model, tiny.Reviews(), "--task", "SEQ_CLS"], "no trained head", "peft train");
    }

    [Theory]
    [InlineData("SEQ_CLS", "{\"text\": \"a good film\", \"text_pair\": \"it was\", \"label\": \"LABEL\"}", "--text_pair", "text_pair")]
    [InlineData("SEQ_CLS", "{\"text\": \"a good film\", \"label\": \"LABEL\"}", "--text", "text")]
    [InlineData("TOKEN_CLS", "{\"tokens\": [\"Anna\", \"sleeps\"], \"tags\": [\"B-PER\", \"O\"]}", "--tokens", "tokens")]
    [InlineData("QUESTION_ANS", "{\"question\": \"Who sleeps?\", \"context\": \"Anna sleeps.\", \"answers\": {\"text\": [\"Anna\"], \"answer_start\": [0]}}", "--context", "context")]
    [InlineData("CAUSAL_LM", "{\"text\": \"Once upon a time LONG\"}", "--text", "text")]
    public void Evaluate_WithLatency_TimesSingleRequestsOfTheTask(string task, string row, string option, string column)
    {
        using TinyModel tiny = new(decoder: task == "CAUSAL_LM");
        // A text of more tokens than the model has positions, and two classes.
        row = row.Replace("LONG", string.Concat(Enumerable.Repeat("there was ", 100)), StringComparison.Ordinal);
        string rows = tiny.Write("rows.jsonl", string.Concat(Enumerable.Range(0, 4).Select(i => row.Replace("LABEL", i % 2 == 0 ? "no" : "yes", StringComparison.Ordinal) + "\n")));
        string run = tiny.PathOf("run");
        PeftRun.Well("train", "--model", tiny.Model, "--task", task, "--train", rows, "--test", rows, option, column, "--max_steps", "1", "--output_dir", run);
        JsonNode latency = PeftRun.Well("evaluate", run, "--latency", "6", "--json").Json["latency"]!;
        Assert.Equal(6, (int)latency["requests"]!);
        Assert.True((double)latency["median_ms"]! > 0);
        Assert.True((double)latency["p95_ms"]! >= (double)latency["median_ms"]!);
        Assert.Contains("ms median", PeftRun.Well("evaluate", run, "--latency", "1").Out, StringComparison.Ordinal);
    }
}
