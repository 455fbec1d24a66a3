using System.Text.Json.Nodes;
using PeftSharp.Workflows.Comparing;
using PeftSharp.Workflows.Configuration;
using Xunit;

namespace PeftSharp.Tests.Workflows.Comparing;

public sealed class CompareWorkflowTests : IDisposable
{
    private readonly TinyComparison _tiny = new();
    private readonly FakeRunner _runner = new();

    public void Dispose() => _tiny.Dispose();

    [Fact]
    public void Run_All_RunsInOrderAndWritesTheFiles()
    {
        Comparison comparison = CompareWorkflow.Run(_tiny.Methods("LORA", "BITFIT", "FULL"), _runner);
        Assert.Equal(["LORA", "BITFIT", "FULL"], _runner.Ran);
        Assert.Equal(("accuracy", true, false), (comparison.Metric, comparison.GreaterIsBetter, comparison.Stopped));
        Assert.Equal(
            ["BITFIT", "FULL", "LORA", "comparison.json", "comparison.md", "comparison.svg"],
            Directory.GetFileSystemEntries(_tiny.Output).Select(Path.GetFileName).Order(StringComparer.Ordinal));

        JsonNode json = JsonNode.Parse(File.ReadAllText(Path.Combine(_tiny.Output, "comparison.json")))!;
        Assert.Equal(comparison.ToJson().ToJsonString(), json.ToJsonString());
        JsonNode bitfit = json["variants"]![1]!;
        Assert.Equal(("BITFIT", "finished", 200L), ((string?)bitfit["name"], (string?)bitfit["status"], (long)bitfit["trainable_parameters"]!));
        Assert.Equal((0.02, 39_200L), ((double)bitfit["trainable_share"]!, (long)bitfit["saved_bytes"]!));
        Assert.Equal(0.52, (double)bitfit["metrics"]!["accuracy"]!);
        Assert.True(bitfit["metrics"]!.AsObject().ContainsKey("matthews"));
        Assert.Equal(1e-3, (double)bitfit["config"]!["training"]!["learning_rate"]!);

        string[] markdown = File.ReadAllLines(Path.Combine(_tiny.Output, "comparison.md"));
        string row = Assert.Single(markdown, line => line.StartsWith("| BITFIT |", StringComparison.Ordinal));
        Assert.Equal("| BITFIT | 0.5200 | 200 | 2.00 % | 0.00 | 0.04 | 3.0 | 300 | 2.50 | 4.00 |", row);
        Assert.Contains("- LORA: peft_type LORA, r 8, lora_alpha 16, learning_rate 0.001", markdown);
    }

    [Fact]
    public void Run_EachVariant_HasItsConfigurationInItsFolderBeforeItRuns()
    {
        ComparisonConfig config = _tiny.Methods("LORA");
        string path = Path.Combine(config.Variants[0].Folder, "config.yaml");
        RunConfig? found = null;
        _runner.Instead["LORA"] = () => found = RunConfig.Load(path, []);
        CompareWorkflow.Run(config, _runner);
        Assert.Equal(config.Variants[0].Config.ToYaml(), found?.ToYaml());
    }

    [Fact]
    public void Run_Again_DoesNothingThatIsDone()
    {
        Comparison first = CompareWorkflow.Run(_tiny.Methods("LORA", "BITFIT"), _runner);
        Comparison second = CompareWorkflow.Run(_tiny.Methods("LORA", "IA3", "BITFIT"), _runner);
        Assert.Equal(["LORA", "BITFIT", "IA3"], _runner.Ran);
        Assert.Equal([true, false, true], second.Results.Select(result => result.Reused));
        Assert.Equal(first.Results[1].Measures!.ToJson().ToJsonString(), second.Results[2].Measures!.ToJson().ToJsonString());
    }

    [Fact]
    public void Run_AgainWithForce_DoesAll()
    {
        CompareWorkflow.Run(_tiny.Methods("LORA"), _runner);
        CompareWorkflow.Run(_tiny.Methods("LORA"), _runner, new() { Force = true });
        Assert.Equal(["LORA", "LORA"], _runner.Ran);
    }

    [Fact]
    public void Run_AgainWithAnotherConfigurationOrAnotherNumberOfRequests_StartsAnewInAnEmptyFolder()
    {
        CompareWorkflow.Run(_tiny.Load("compare: [{name: a, r: 4}]"), _runner);
        File.WriteAllText(_tiny.PathOf("out", "a", "checkpoint"), "old");
        CompareWorkflow.Run(_tiny.Load("compare: [{name: a, r: 5}]"), _runner);
        Assert.False(File.Exists(_tiny.PathOf("out", "a", "checkpoint")));
        CompareWorkflow.Run(_tiny.Load("compare: [{name: a, r: 5}]"), _runner, new() { Requests = 7 });
        Assert.Equal(["a", "a", "a"], _runner.Ran);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{\"config\": 3, \"measures\": {}}")]
    public void Run_AfterADamagedRecord_RunsAgain(string text)
    {
        CompareWorkflow.Run(_tiny.Methods("LORA"), _runner);
        File.WriteAllText(_tiny.PathOf("out", "LORA", "variant.json"), text);
        CompareWorkflow.Run(_tiny.Methods("LORA"), _runner);
        Assert.Equal(["LORA", "LORA"], _runner.Ran);
    }

    [Fact]
    public void Run_OneFails_TheOthersGoOnAndTheFailedOneIsTriedAgainNextTime()
    {
        _runner.Instead["BITFIT"] = () => throw new VariantException("no | memory");
        Comparison comparison = CompareWorkflow.Run(_tiny.Methods("LORA", "BITFIT", "FULL"), _runner);
        VariantResult failed = Assert.Single(comparison.Failed);
        Assert.Equal(("BITFIT", "no | memory"), (failed.Variant.Name, failed.Error));
        Assert.Equal(["LORA", "FULL"], comparison.Finished.Select(result => result.Variant.Name));
        string markdown = File.ReadAllText(Path.Combine(_tiny.Output, "comparison.md"));
        Assert.Contains("| BITFIT | failed | – |", markdown, StringComparison.Ordinal);
        Assert.Contains("Failed: no \\| memory", markdown, StringComparison.Ordinal);
        Assert.Equal("failed", (string?)comparison.ToJson()["variants"]![1]!["status"]);

        _runner.Ran.Clear();
        _runner.Instead.Clear();
        Assert.Empty(CompareWorkflow.Run(_tiny.Methods("LORA", "BITFIT", "FULL"), _runner).Failed);
        Assert.Equal(["BITFIT"], _runner.Ran);
    }

    [Fact]
    public void Run_AllFail_WritesThatToo()
    {
        _runner.Instead["LORA"] = () => throw new VariantException("no memory");
        Comparison comparison = CompareWorkflow.Run(_tiny.Methods("LORA"), _runner);
        Assert.Empty(comparison.Finished);
        Assert.Contains("no memory", File.ReadAllText(Path.Combine(_tiny.Output, "comparison.json")), StringComparison.Ordinal);
    }

    [Fact]
    public void Run_Interrupted_KeepsWhatIsFinishedAndGoesOnThere()
    {
        using CancellationTokenSource interrupt = new();
        _runner.Instead["BITFIT"] = () =>
        {
            interrupt.Cancel();
            throw new OperationCanceledException(interrupt.Token);
        };
        Comparison comparison = CompareWorkflow.Run(_tiny.Methods("LORA", "BITFIT", "FULL"), _runner, cancellationToken: interrupt.Token);
        Assert.True(comparison.Stopped);
        Assert.Equal(["LORA"], comparison.Results.Select(result => result.Variant.Name));
        Assert.True(File.Exists(Path.Combine(_tiny.Output, "comparison.md")));

        _runner.Instead.Clear();
        Assert.False(CompareWorkflow.Run(_tiny.Methods("LORA", "BITFIT", "FULL"), _runner).Stopped);
        Assert.Equal(["LORA", "BITFIT", "BITFIT", "FULL"], _runner.Ran);
    }

    [Fact]
    public void Run_FolderOfAVariantIsTheUsersOwn_IsRefusedBeforeAnythingRuns()
    {
        Directory.CreateDirectory(_tiny.PathOf("out", "BITFIT"));
        File.WriteAllText(_tiny.PathOf("out", "BITFIT", "thesis.txt"), "years of work");
        PeftException error = Assert.Throws<PeftException>(() => CompareWorkflow.Run(_tiny.Methods("LORA", "BITFIT"), _runner, new() { Force = true }));
        Assert.Contains("is not of a comparison", error.Message, StringComparison.Ordinal);
        Assert.Empty(_runner.Ran);
        Assert.True(File.Exists(_tiny.PathOf("out", "BITFIT", "thesis.txt")));
    }

    [Fact]
    public void Run_DataThatCannotBeRead_IsOneErrorAndNoFile()
    {
        ComparisonConfig config = _tiny.Methods("LORA", "BITFIT");
        File.Delete(_tiny.PathOf("rows.csv"));
        Assert.Throws<FileNotFoundException>(() => CompareWorkflow.Run(config, _runner));
        Assert.False(Directory.Exists(_tiny.Output));
    }

    [Fact]
    public void Run_MetricThatWasAskedFor_IsTheOneShown()
    {
        Comparison comparison = CompareWorkflow.Run(
            ComparisonConfig.Load(_tiny.Write(), [new("metric_for_best_model", "eval_loss")], ["LORA"]), _runner);
        Assert.Equal(("loss", false), (comparison.Metric, comparison.GreaterIsBetter));
    }

    [Fact]
    public void Run_Observer_IsToldInOrder()
    {
        Recorder recorder = new();
        _runner.Instead["BITFIT"] = () => throw new VariantException("no");
        CompareWorkflow.Run(_tiny.Methods("LORA", "BITFIT"), _runner, observer: recorder);
        Assert.Equal(["1/2 LORA", "running LORA", "ended ", "2/2 BITFIT", "running BITFIT", "ended no"], recorder.Told);
    }

    private sealed class Recorder : ICompareObserver
    {
        public List<string> Told { get; } = [];

        public void Started(int number, int count, ComparisonVariant variant) => Told.Add($"{number}/{count} {variant.Name}");

        public void Progress(string line) => Told.Add(line);

        public void Ended(VariantResult result) => Told.Add($"ended {result.Error}");
    }
}
