using System.Text.Json.Nodes;
using Xunit;

namespace PeftSharp.Cli.Tests.Verbs;

/// <summary>Files as newcomers bring them.</summary>
public sealed class RowsOfNewcomersTests
{
    private const string Tickets = "id,message,queue\n1,\"Card lost,\nplease \"\"block\"\" it\",card\n2,,card\n3,   ,card\n4,Refund me,refund\n5,Refund me now,refund \n6,Where is my refund,Refund\n7,No label here,\n";

    [Fact]
    public void Train_EmptyTextsAndLabels_AreCountedAndRefused()
    {
        using TinyModel tiny = new();
        PeftRun.Fails(
            1, Train(tiny, tiny.Write("t.csv", Tickets)), "3 of 7 rows cannot be used", "an empty text in 2 (lines 4, 5)", "an empty label in 1 (line 9)", "--on_bad_row skip");
        Assert.False(Directory.Exists(tiny.PathOf("run")));
    }

    [Fact]
    public void Train_SkipBadRows_LeavesThemOutAndNamesNearDuplicates()
    {
        using TinyModel tiny = new();
        PeftRun run = PeftRun.Well([.. Train(tiny, tiny.Write("t.csv", Tickets)), "--on_bad_row", "skip"]);
        Assert.Contains("3 of 7 rows were left out", run.Error, StringComparison.Ordinal);
        Assert.Contains("on 4 examples", run.Error, StringComparison.Ordinal);
        Assert.Contains("\"Refund\" (1), \"refund\" (2) differ by case", run.Error, StringComparison.Ordinal);
        Assert.Contains("columns not used: id", run.Error, StringComparison.Ordinal);
        string labels = File.ReadAllText(tiny.PathOf("run", "adapter", "labels.json"));
        Assert.DoesNotContain("refund \"", labels, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("t.jsonl", "{\"text\": \"The sky\"}\n{\"text\": \" \"}\n", "an empty text in 1 (line 2)")]
    [InlineData("t.txt", "The sky\n\nis blue\n", "an empty text in 1 (line 2)")]
    [InlineData("t.jsonl", "{\"prompt\": \"a\", \"completion\": \"b\"}\n{\"prompt\": \"a\", \"completion\": \"\"}\n", "an empty completion in 1 (line 2)")]
    public void Train_BlankTextsOfALanguageModel_FollowTheSameRule(string name, string content, string message)
    {
        using TinyModel tiny = new(decoder: true);
        string[] args = ["train", "--model", tiny.Model, "--train", tiny.Write(name, content), "--max_steps", "1", "--output_dir", tiny.PathOf("run")];
        PeftRun.Fails(1, args, message);
        PeftRun.Well([.. args, "--on_bad_row", "skip"]);
    }

    [Fact]
    public void Predict_BlankText_KeepsItsPlaceWithoutAnAnswer()
    {
        using TinyModel tiny = new();
        string run = tiny.Trained(), rows = tiny.Write("t.csv", "id,text\n1,good\n2, \n3,bad\n");
        PeftRun.Fails(1, ["predict", run, "--file", rows], "1 of 3 rows cannot be used");
        PeftRun.Well("predict", run, "--file", rows, "--on_bad_row", "skip", "--output", tiny.PathOf("out.csv"));
        string[] lines = File.ReadAllLines(tiny.PathOf("out.csv"));
        Assert.Equal("id,text,label,probability", lines[0]);
        Assert.Equal("2, ,,", lines[2]);
    }

    [Theory]
    [InlineData("csv")]
    [InlineData("tsv")]
    [InlineData("jsonl")]
    [InlineData("json")]
    public void Predict_Output_HasTheFormatOfItsEndingAndTheInputsColumns(string ending)
    {
        using TinyModel tiny = new();
        string run = tiny.Trained(), output = tiny.PathOf($"out.{ending}");
        string rows = tiny.Write("t.csv", "id,text,label\n007,\"good,\nvery \"\"good\"\"\tindeed\",positive\n008,bad,negative\n");
        PeftRun.Well("predict", run, "--file", rows, "--output", output);
        Data.Dataset written = Data.Dataset.Load(output), read = Data.Dataset.Load(rows);
        Assert.Equal(["id", "text", "label", "predicted_label", "probability"], written[0].Columns);
        for (int i = 0; i < read.Count; i++)
            Assert.Equal(read[i].Columns.Select(read[i].Text), read[i].Columns.Select(written[i].Text));
        PeftRun.Well("predict", run, "--file", rows, "--output", output, "--keep_columns", "id");
        Assert.Equal(["id", "text", "label", "probability"], Data.Dataset.Load(output)[0].Columns);
        PeftRun.Well("predict", run, "--file", rows, "--output", output, "--keep_columns", "none");
        Assert.Equal(["text", "label", "probability"], Data.Dataset.Load(output)[0].Columns);
    }

    [Fact]
    public void Predict_OutputThatSaysNoFormat_IsToldBeforeLoading()
    {
        using TinyModel tiny = new();
        PeftRun.Fails(2, ["predict", tiny.Model, "x", "--output", "preds.xlsx"], "\".xlsx\" says no format", ".csv, .tsv, .jsonl or .json");
        PeftRun.Fails(2, ["predict", tiny.Trained(), "--file", tiny.Reviews(), "--json", "--keep_columns", "ide"], "no column \"ide\"");
    }

    [Fact]
    public void Train_OneClass_IsRefused()
    {
        using TinyModel tiny = new();
        PeftRun.Fails(2, [.. Train(tiny, tiny.Write("t.csv", "id,message,queue\n1,a,card\n2,b,card\n3,c,refund\n")), "--limit", "2"], "all 2 labels", "\"card\"", "limit: 2");
    }

    [Fact]
    public void Train_HeaderlessFile_NamesColumns()
    {
        using TinyModel tiny = new();
        PeftRun.Fails(1, ["train", "--model", tiny.Model, "--task", "SEQ_CLS", "--train", tiny.Write("t.csv", "a good film,positive\na bad film,negative\n"), "--output_dir", tiny.PathOf("run")], "--columns text,label");
    }

    [Fact]
    public void Train_TagsByNumber_ScoresTokensAndAsksForNames()
    {
        using TinyModel tiny = new();
        string rows = tiny.Write("t.jsonl", string.Concat(Enumerable.Repeat("{\"tokens\": [\"Ada\", \"lived\", \"here\"], \"ner_tags\": [1, 0, 0]}\n", 4)));
        string[] args = ["train", "--model", tiny.Model, "--task", "TOKEN_CLS", "--train", rows, "--test", rows, "--learning_rate", "3e-2", "--num_train_epochs", "40", "--output_dir", tiny.PathOf("run"), "--json"];
        PeftRun numbers = PeftRun.Well(args);
        Assert.Contains("entities cannot be", numbers.Error, StringComparison.Ordinal);
        Assert.Null(numbers.Json["test"]!["f1"]);
        Assert.Equal(1, (double)numbers.Json["test"]!["accuracy"]!);
        // With names the tags by number are entities.
        JsonNode named = PeftRun.Well([.. args, "--label_names", "O,B-PER"]).Json;
        Assert.Equal(1, (double)named["test"]!["f1"]!);
        tiny.Write("dataset_info.json", "{\"features\": {\"ner_tags\": {\"feature\": {\"names\": [\"O\", \"B-PER\"], \"_type\": \"ClassLabel\"}, \"_type\": \"Sequence\"}}}");
        Assert.Equal(1, (double)PeftRun.Well(args).Json["test"]!["f1"]!);
        Assert.Contains("{\"type\":\"PER\",\"text\":\"Ada\"}", PeftRun.Well("predict", tiny.PathOf("run"), "Ada lived here", "--json").Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("t.conll")]
    [InlineData("t.txt")]
    public void Train_Conll_IsReadByContentAndPredicted(string name)
    {
        using TinyModel tiny = new();
        string rows = tiny.Write(name, "-DOCSTART- O\n\n" + string.Concat(Enumerable.Repeat("Ada B-PER\nLovelace I-PER\nlived O\n\nBrno B-LOC\n\n", 3)));
        JsonNode json = PeftRun.Well("train", "--model", tiny.Model, "--task", "TOKEN_CLS", "--train", rows, "--test", rows, "--max_steps", "1", "--output_dir", tiny.PathOf("run"), "--json").Json;
        Assert.Equal(6, (int)json["test"]!["examples"]!);
        Assert.Equal(["LOC", "PER"], json["test"]!["class_report"]!["classes"]!.AsArray().Where(line => (int)line!["support"]! > 0).Select(line => (string)line!["class"]!));
        PeftRun.Well("predict", tiny.PathOf("run"), "--file", rows, "--output", tiny.PathOf("out.csv"));
        Assert.Equal(["tokens", "tags", "predicted_tags", "entities"], Data.Dataset.Load(tiny.PathOf("out.csv"))[0].Columns);
    }

    [Fact]
    public void Train_AlpacasLayout_LearnsTheInputToo()
    {
        using TinyModel tiny = new(decoder: true);
        string rows = tiny.Write("a.json", "[{\"instruction\": \"Translate.\", \"input\": \"cheese\", \"output\": \"fromage\"},\n {\"instruction\": \"Name it.\", \"input\": \"\", \"output\": \"Paris\"}]");
        PeftRun run = PeftRun.Well("train", "--model", tiny.Model, "--train", rows, "--test", rows, "--max_steps", "1", "--output_dir", tiny.PathOf("run"));
        Assert.Contains("are written as the prompts of Alpaca", run.Error, StringComparison.Ordinal);
        string config = File.ReadAllText(tiny.PathOf("run", "config.yaml"));
        Assert.Contains("prompt_template: alpaca", config, StringComparison.Ordinal);
        Assert.Contains("input: input", config, StringComparison.Ordinal);
        PeftRun.Well("evaluate", tiny.PathOf("run"));
        // Given by hand, the column that is left out is named.
        PeftRun byHand = PeftRun.Well("train", "--model", tiny.Model, "--train", rows, "--prompt", "instruction", "--completion", "output", "--max_steps", "1", "--output_dir", tiny.PathOf("other"));
        Assert.Contains("columns not used: input", byHand.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Evaluate_Classifier_ReportsEachClass()
    {
        using TinyModel tiny = new();
        string run = tiny.Trained(), rows = tiny.Write("only.csv", "text,label\na good film,positive\nanother good film,positive\n");
        PeftRun evaluated = PeftRun.Well("evaluate", run, rows);
        Assert.Contains("missing   no row is of \"negative\"", evaluated.Out, StringComparison.Ordinal);
        Assert.Contains("baseline  always \"positive\": accuracy 1.0000", evaluated.Out, StringComparison.Ordinal);
        JsonNode report = PeftRun.Well("evaluate", run, rows, "--json").Json["class_report"]!;
        Assert.Equal(2, (int)report["classes"]!.AsArray().Single(line => (string?)line!["class"] == "positive")!["support"]!);
        Assert.Equal("negative", (string?)report["missing"]![0]);
        Assert.Equal(1, (double)report["majority"]!["macro_f1"]!);
    }

    [Fact]
    public void Evaluate_QuestionsOfSeveralWindows_CountsRows()
    {
        using TinyModel tiny = new();
        string context = string.Join(' ', Enumerable.Repeat("word", 60)) + " Anna sleeps.";
        string rows = tiny.Write("q.jsonl", string.Concat(Enumerable.Repeat($"{{\"question\": \"Who?\", \"context\": \"{context}\", \"answers\": {{\"text\": [\"Anna\"], \"answer_start\": [300]}}}}\n", 2)));
        JsonNode json = PeftRun.Well("train", "--model", tiny.Model, "--task", "QUESTION_ANS", "--train", rows, "--test", rows, "--doc_stride", "4", "--max_steps", "1", "--output_dir", tiny.PathOf("run"), "--json").Json;
        Assert.Equal(2, (int)json["test"]!["examples"]!);
    }

    private static string[] Train(TinyModel tiny, string rows) =>
        ["train", "--model", tiny.Model, "--task", "SEQ_CLS", "--train", rows, "--text", "message", "--label", "queue", "--max_steps", "1", "--output_dir", tiny.PathOf("run")];
}
