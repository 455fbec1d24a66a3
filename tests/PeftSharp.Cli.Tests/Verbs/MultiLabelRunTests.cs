using System.Text.Json.Nodes;
using PeftSharp.Inference;
using Xunit;

namespace PeftSharp.Cli.Tests.Verbs;

/// <summary>Texts that may have several labels, from the file to the answers of another process.</summary>
public sealed class MultiLabelRunTests
{
    private static readonly string[] _sets = ["red", "red|big", "", "big"];
    private static readonly string[] _texts = ["a red thing", "a red and large thing", "a thing", "a large thing"];

    [Fact]
    public void Train_SetsOfLabels_LearnsSavesReloadsAndMerges()
    {
        using TinyModel tiny = new();
        string run = Train(tiny, out JsonNode json, "--tune_thresholds", "true");
        // Four texts learnt by heart.
        Assert.Equal(1, (double)json["test"]!["subset_accuracy"]!);
        Assert.Equal(0, (double)json["test"]!["hamming_loss"]!);
        // As in scikit-learn a row without a label counts 0.
        Assert.Equal(0.75, (double)json["test"]!["samples_f1"]!, 5);
        Assert.Equal(["big", "red"], json["test"]!["class_report"]!["classes"]!.AsArray().Select(line => (string)line!["class"]!));
        JsonNode labels = JsonNode.Parse(File.ReadAllText(Path.Combine(run, "adapter", "labels.json")))!;
        Assert.Equal("multi_label_classification", (string?)labels["problem_type"]);

        string test = tiny.PathOf("rows.csv");
        JsonNode again = PeftRun.Well("evaluate", run, test, "--json").Json;
        Assert.Equal((double)json["test"]!["loss"]!, (double)again["loss"]!, 5);
        Assert.Equal(1, (double)again["lrap"]!);
        Assert.Equal(Expected, Answers(PeftRun.Well("predict", run, "--file", test, "--json").Out));
        // The adapter alone knows what its head decides.
        Assert.Equal(Expected, Answers(PeftRun.Well(["predict", Path.Combine(run, "adapter"), .. _texts, "--json"]).Out));
        string merged = tiny.PathOf("merged");
        PeftRun.Well("merge", run, merged);
        Assert.Equal(Expected, Answers(PeftRun.Well(["predict", merged, .. _texts, "--json"]).Out));

        using TextClassifier classifier = TextClassifier.Load(new() { Model = tiny.Model, Adapter = Path.Combine(run, "adapter") });
        Assert.Equal(Expected, classifier.Predict(_texts).Select(answer => string.Join('|', answer.Labels.Select(one => one.Label).Order())));
        Assert.All(classifier.Predict(_texts), answer => Assert.Equal(2, answer.Scores.Count));
    }

    [Fact]
    public void Predict_Threshold_DecidesWhatHolds()
    {
        using TinyModel tiny = new();
        string run = Train(tiny, out _);
        Assert.All(Answers(PeftRun.Well(["predict", run, .. _texts, "--threshold", "0", "--json"]).Out), set => Assert.Equal("big|red", set));
        Assert.All(Answers(PeftRun.Well(["predict", run, .. _texts, "--threshold", "1", "--json"]).Out), set => Assert.Equal("", set));
    }

    [Fact]
    public void Train_OneHotColumns_IsTheSameTask()
    {
        using TinyModel tiny = new();
        string rows = tiny.Write("hot.csv", "text,red,big\n" + string.Concat(_texts.Zip(_sets, (text, set) => $"{text},{(set.Contains("red", StringComparison.Ordinal) ? 1 : 0)},{(set.Contains("big", StringComparison.Ordinal) ? 1 : 0)}\n")));
        foreach (string[] label in (string[][])[["--label", "red", "--label", "big"], ["--label", "[red, big]"], ["--label", "red,big", "--problem_type", "multi_label_classification"]])
        {
            string run = tiny.PathOf($"run{label.Length}");
            JsonNode json = PeftRun.Well(["train", "--model", tiny.Model, "--task", "SEQ_CLS", "--train", rows, "--test", rows, "--max_steps", "1", "--output_dir", run, "--json", .. label]).Json;
            Assert.Equal(["red", "big"], json["test"]!["class_report"]!["classes"]!.AsArray().Select(line => (string)line!["class"]!));
            Assert.NotNull(PeftRun.Well("evaluate", run, "--json").Json["micro_f1"]);
        }
    }

    [Theory]
    [InlineData("label_separator is for multi_label", "--label_separator", "|", "--problem_type", "regression")]
    [InlineData("several columns in label", "--label", "text", "--label", "label", "--problem_type", "single_label_classification")]
    [InlineData("threshold is for multi_label", "--threshold", "0.4")]
    [InlineData("tune_thresholds needs rows", "--label_separator", "|", "--tune_thresholds", "true")]
    [InlineData("keep one of them", "--label_separator", "|", "--tune_thresholds", "true", "--threshold", "0.4", "--eval", "x.csv")]
    [InlineData("no probability", "--threshold", "1.5")]
    [InlineData("label_separator: \"|\"", "--problem_type", "multi_label_classification")]
    [InlineData("one number and labels names 2", "--problem_type", "regression", "--labels", "a,b")]
    public void Train_ContradictoryOptions_SaysWhich(string message, params string[] flags)
    {
        using TinyModel tiny = new();
        PeftRun.Fails(2, ["train", "--model", tiny.Model, "--task", "SEQ_CLS", "--train", Rows(tiny), "--output_dir", tiny.PathOf("run"), .. flags], message);
        Assert.False(Directory.Exists(tiny.PathOf("run")));
    }

    [Fact]
    public void Train_ProblemTypeRegression_NeedsNoName()
    {
        using TinyModel tiny = new();
        string rows = tiny.Write("numbers.csv", "text,label\na,1.5\nb,2\nc,0\n");
        JsonNode json = PeftRun.Well(
            "train", "--model", tiny.Model, "--task", "SEQ_CLS", "--problem_type", "regression", "--train", rows, "--test", rows, "--max_steps", "1", "--output_dir", tiny.PathOf("run"), "--json").Json;
        Assert.NotNull(json["test"]!["mse"]);
    }

    [Fact]
    public void Train_OneClassOnABaseMadeForSeveralLabels_StaysOneClass()
    {
        using TinyModel tiny = new();
        string config = tiny.PathOf("model", "config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace("\"model_type\"", "\"problem_type\": \"multi_label_classification\", \"model_type\"", StringComparison.Ordinal));
        string run = tiny.Trained("--problem_type", "single_label_classification");
        JsonNode answer = JsonNode.Parse(PeftRun.Well("predict", Path.Combine(run, "adapter"), "a good film", "--json").Out)!;
        Assert.NotNull(answer["label"]);
        Assert.Null(answer["labels"]);
        string merged = tiny.PathOf("merged");
        PeftRun.Well("merge", run, merged);
        Assert.NotNull(JsonNode.Parse(PeftRun.Well("predict", merged, "a good film", "--json").Out)!["label"]);
    }

    private static string[] Expected => [.. _sets.Select(set => string.Join('|', set.Split('|').Order()))];

    private static string[] Answers(string lines) =>
        [.. lines.TrimEnd().Split('\n').Select(line => string.Join('|', JsonNode.Parse(line)!["labels"]!.AsArray().Select(label => (string)label!).Order()))];

    private static string Rows(TinyModel tiny) => tiny.Write("rows.csv", "text,label\n" + string.Concat(_texts.Zip(_sets, (text, set) => $"{text},{set}\n")));

    private static string Train(TinyModel tiny, out JsonNode json, params string[] more)
    {
        string rows = Rows(tiny), run = tiny.PathOf("run");
        json = PeftRun.Well(
            ["train", "--model", tiny.Model, "--task", "SEQ_CLS", "--problem_type", "multi_label_classification", "--label_separator", "|", "--train", rows, "--eval", rows, "--test", rows,
            "--learning_rate", "2e-2", "--num_train_epochs", "80", "--lr_scheduler_type", "constant", "--output_dir", run, "--json", .. more]).Json;
        return run;
    }
}
