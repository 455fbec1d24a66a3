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
}
