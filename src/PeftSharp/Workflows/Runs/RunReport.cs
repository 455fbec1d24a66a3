using System.Text.Json.Nodes;
using PeftSharp.Training;

namespace PeftSharp.Workflows.Runs;

/// <summary>How a training run ended and what it made.</summary>
public sealed record RunReport
{
    /// <summary>The folder of the run.</summary>
    public required string Folder { get; init; }

    /// <summary>The adapter's folder; null where the run was stopped before its end.</summary>
    public string? AdapterFolder { get; init; }

    /// <summary>How training ended.</summary>
    public required TrainingResult Training { get; init; }

    /// <summary>The scores on <c>data.test</c> before training, where they were asked for.</summary>
    public EvaluationResult? Before { get; init; }

    /// <summary>The scores on <c>data.eval</c> at the end, or null.</summary>
    public EvaluationResult? Evaluation { get; init; }

    /// <summary>The scores on <c>data.test</c> at the end, or null.</summary>
    public EvaluationResult? Test { get; init; }

    /// <summary>Seconds before training: reading the files, loading the base, and tokenising all rows.</summary>
    public required double PreparationSeconds { get; init; }

    /// <summary>The most bytes of memory that the process has held so far, libraries and mapped files included.</summary>
    public required long PeakMemoryBytes { get; init; }

    /// <summary>Trainable values.</summary>
    public required long TrainableCount { get; init; }

    /// <summary>All values of the model, those of the adapter included.</summary>
    public required long TotalCount { get; init; }

    /// <summary>The bytes of the adapter's tensors as saved.</summary>
    public required long AdapterBytes { get; init; }

    /// <summary>The bytes that full fine-tuning would have saved: every value of the base in float32.</summary>
    public required long FullBytes { get; init; }

    /// <summary>Trainable values among all, in [0, 1].</summary>
    public double TrainableShare => (double)TrainableCount / TotalCount;

    /// <summary>The report for machines.</summary>
    public JsonObject ToJson()
    {
        JsonObject json = new()
        {
            ["run"] = Folder,
            ["adapter"] = AdapterFolder,
            ["stopped"] = Training.Stopped,
            ["checkpoint"] = Training.Checkpoint,
            ["steps"] = Training.Steps,
            ["epochs"] = Training.Epochs,
            ["train_loss"] = Number(Training.TrainLoss),
            ["prepare_seconds"] = PreparationSeconds,
            ["train_seconds"] = Training.Seconds,
            ["train_tokens"] = Training.Tokens,
            ["trainable_parameters"] = TrainableCount,
            ["parameters"] = TotalCount,
            ["adapter_bytes"] = AdapterBytes,
            ["full_bytes"] = FullBytes,
            ["peak_memory_bytes"] = PeakMemoryBytes,
        };
        foreach ((string name, EvaluationResult? result) in ((string, EvaluationResult?)[])[("test_before", Before), ("eval", Evaluation), ("test", Test)])
            if (result is not null)
                json[name] = ToJson(result);
        return json;
    }

    /// <summary>The scores of one evaluation for machines; what JSON cannot hold is null.</summary>
    public static JsonObject ToJson(EvaluationResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        JsonObject json = new() { ["loss"] = Number(result.Loss) };
        foreach ((string name, double value) in result.Metrics)
            json[name] = Number(value);
        json["examples"] = result.Examples;
        json["seconds"] = result.Seconds;
        if (result.Classes is { } classes)
            json["class_report"] = ToJson(classes);
        return json;
    }

    private static JsonObject ToJson(ClassReport report)
    {
        JsonObject json = new()
        {
            ["classes"] = new JsonArray([.. report.Classes.Select(line => new JsonObject
            {
                ["class"] = line.Name,
                ["precision"] = line.Scores.Precision,
                ["recall"] = line.Scores.Recall,
                ["f1"] = line.Scores.F1,
                ["support"] = line.Support,
            })]),
            ["confusions"] = new JsonArray([.. report.Confusions.Select(one => new JsonObject { ["actual"] = one.Actual, ["predicted"] = one.Predicted, ["count"] = one.Count })]),
            ["missing"] = new JsonArray([.. report.Missing.Select(line => (JsonNode)line.Name)]),
        };
        if (report.Majority is { } majority)
            json["majority"] = new JsonObject { ["class"] = majority.Class, [majority.Metric] = majority.Value, ["macro_f1"] = majority.MacroF1 };
        return json;
    }

    private static JsonValue? Number(double value) => double.IsFinite(value) ? JsonValue.Create(value) : null;
}
