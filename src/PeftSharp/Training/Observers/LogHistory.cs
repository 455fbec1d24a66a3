using System.Text.Json.Nodes;

namespace PeftSharp.Training;

/// <summary>Reports as the objects that HF puts into <c>log_history</c>; a number that JSON cannot hold (NaN) is null.</summary>
internal static class LogHistory
{
    public static JsonObject Of(LogEntry entry) => new()
    {
        ["step"] = entry.Step,
        ["epoch"] = entry.Epoch,
        ["loss"] = Number(entry.Loss),
        ["learning_rate"] = entry.LearningRate,
        ["grad_norm"] = Number(entry.GradientNorm),
        ["tokens_per_second"] = Number(entry.TokensPerSecond),
    };

    public static JsonObject Of(EvaluationReport report)
    {
        JsonObject json = new() { ["step"] = report.Step, ["epoch"] = report.Epoch, ["eval_loss"] = Number(report.Result.Loss) };
        foreach ((string name, double value) in report.Result.Metrics)
            json[$"eval_{name}"] = Number(value);
        json["eval_runtime"] = report.Result.Seconds;
        return json;
    }

    public static JsonObject Of(TrainingResult result) => new()
    {
        ["step"] = result.Steps,
        ["epoch"] = result.Epochs,
        ["train_loss"] = Number(result.TrainLoss),
        ["train_runtime"] = result.Seconds,
        ["stopped"] = result.Stopped,
    };

    private static JsonValue? Number(double value) => double.IsFinite(value) ? JsonValue.Create(value) : null;
}
