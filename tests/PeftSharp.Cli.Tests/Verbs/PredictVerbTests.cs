using System.Text.Json.Nodes;
using Xunit;

namespace PeftSharp.Cli.Tests.Verbs;

public sealed class PredictVerbTests
{
    [Fact]
    public void Predict_Texts_GivesTheLikeliestLabelsInOrder()
    {
        using TinyModel tiny = new();
        string run = tiny.Trained();
        string[] lines = PeftRun.Well("predict", run, "a good film", "a bad film", "--top_k", "2", "--json").Out.TrimEnd().Split('\n');
        Assert.Equal(2, lines.Length);
        JsonNode first = JsonNode.Parse(lines[0])!;
        Assert.Equal("a good film", (string?)first["text"]);
        JsonArray top = first["top"]!.AsArray();
        Assert.Equal((string?)first["label"], (string?)top[0]!["label"]);
        Assert.True((float)top[0]!["probability"]! >= (float)top[1]!["probability"]!);
        Assert.Equal(1, top.Sum(one => (float)one!["probability"]!), 5);
    }

    [Fact]
    public void Predict_File_AsTableTsvAndJsonl_HasTheSameLabels()
    {
        using TinyModel tiny = new();
        string run = tiny.Trained(), file = tiny.Write("texts.txt", "a good film\na bad film\n");
        string[] labels = [.. PeftRun.Well("predict", run, "--file", file, "--json").Out.TrimEnd().Split('\n').Select(line => (string)JsonNode.Parse(line)!["label"]!)];
        string[] tsv = PeftRun.Well("predict", run, "--file", file, "--tsv").Out.TrimEnd().Split('\n');
        Assert.Equal("text\tlabel\tprobability", tsv[0]);
        Assert.Equal(labels, tsv.Skip(1).Select(line => line.Split('\t')[1]));
        string table = PeftRun.Well("predict", run, "--file", file).Out;
        Assert.All(labels, label => Assert.Contains(label, table, StringComparison.Ordinal));
        PeftRun.Well("predict", run, "--file", file, "--output", tiny.PathOf("out.tsv"));
        Assert.Equal(tsv, File.ReadAllLines(tiny.PathOf("out.tsv")));
    }

    [Fact]
    public void Predict_AdapterMovedAwayFromItsBase_AsksForIt()
    {
        using TinyModel tiny = new(), elsewhere = new();
        string adapter = Path.Combine(tiny.Trained(), "adapter");
        Directory.Move(tiny.Model, tiny.PathOf("moved"));
        PeftRun.Fails(1, ["predict", adapter, "text"], "--base_model");
        Assert.Contains("label", PeftRun.Well("predict", adapter, "text", "--base_model", tiny.PathOf("moved")).Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Predict_TextThatLooksLikeMarkup_IsShownAsItIs()
    {
        using TinyModel tiny = new();
        Assert.Contains("[red]?[/]", PeftRun.Well("predict", tiny.Trained(), "[red]?[/]").Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Predict_NothingToAsk_IsWrongUsage()
    {
        using TinyModel tiny = new();
        PeftRun.Fails(2, ["predict", tiny.Model], "nothing to predict for");
        PeftRun.Fails(2, ["predict", tiny.Model, "text", "--file", "x.txt"], "not both");
    }
}
