using System.Text.Json;
using System.Text.Json.Nodes;
using PeftSharp.IO;

namespace PeftSharp.Training;

/// <summary>
/// Where a run stands, as <c>trainer_state.json</c> keeps it with HF's names. Weights and optimizer state are beside it; the
/// order of the data and dropout are functions of the step, so no state of a random generator is needed.
/// </summary>
internal sealed class TrainingState
{
    /// <summary>The name of the file.</summary>
    public const string FileName = "trainer_state.json";

    /// <summary>Optimizer steps taken.</summary>
    public long Step { get; set; }

    /// <summary>The best value of the metric for the best model, or null.</summary>
    public double? BestMetric { get; set; }

    /// <summary>The step of <see cref="BestMetric"/>, or null.</summary>
    public long? BestStep { get; set; }

    /// <summary>Evaluations in a row that were not the best.</summary>
    public int EvaluationsWithoutBest { get; set; }

    /// <summary>True if the run was stopped where an evaluation was due.</summary>
    public bool EvaluationDue { get; set; }

    /// <summary>The log so far.</summary>
    public JsonArray LogHistory { get; private set; } = [];

    /// <summary>What was summed since the last line of the log.</summary>
    public RunTotals SinceLog { get; set; } = new();

    /// <summary>What was summed since the run began.</summary>
    public RunTotals Whole { get; private set; } = new();

    /// <summary>The settings and data of the run.</summary>
    public RunFingerprint? Fingerprint { get; set; }

    /// <summary>Writes the file.</summary>
    public void Save(string folder, double epoch, long totalSteps)
    {
        JsonObject json = new()
        {
            ["global_step"] = Step,
            ["epoch"] = epoch,
            ["max_steps"] = totalSteps,
            ["best_metric"] = BestMetric,
            ["best_global_step"] = BestStep,
            ["best_model_checkpoint"] = BestStep is { } best ? CheckpointStore.NameOf(best) : null,
            ["evaluations_without_best"] = EvaluationsWithoutBest,
            ["evaluation_due"] = EvaluationDue,
            ["log_history"] = LogHistory.DeepClone(),
            ["since_log"] = SinceLog.ToJson(),
            ["whole_run"] = Whole.ToJson(),
            ["fingerprint"] = Fingerprint?.ToJson(),
        };
        AtomicFile.WriteText(Path.Combine(folder, FileName), PythonJson.Write(json));
    }

    /// <summary>Reads the file of a checkpoint.</summary>
    /// <exception cref="FileNotFoundException">The folder is no checkpoint.</exception>
    /// <exception cref="PeftException">The file is damaged.</exception>
    public static TrainingState Load(string folder)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
            throw new FileNotFoundException($"{folder} has no {FileName}: it is no checkpoint to go on from.", path);
        JsonSettings settings = JsonSettings.Load(path);
        return new TrainingState
        {
            Step = settings.OptionalIndex("global_step") ?? throw settings.Wrong("global_step", "the number of steps taken"),
            BestMetric = settings.Has("best_metric") ? settings.Number("best_metric") : null,
            BestStep = settings.OptionalIndex("best_global_step"),
            EvaluationsWithoutBest = settings.Whole("evaluations_without_best", 0, 0),
            EvaluationDue = settings.Flag("evaluation_due", false),
            LogHistory = settings.Raw("log_history") is { ValueKind: JsonValueKind.Array } log ? JsonNode.Parse(log.GetRawText())!.AsArray() : [],
            SinceLog = RunTotals.Read(settings.Section("since_log")),
            Whole = RunTotals.Read(settings.Section("whole_run")),
            Fingerprint = settings.Section("fingerprint") is { } fingerprint ? RunFingerprint.Read(fingerprint) : null,
        };
    }
}
