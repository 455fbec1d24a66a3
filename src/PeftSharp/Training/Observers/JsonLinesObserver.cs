using System.Text.Json;
using System.Text.Json.Nodes;
using PeftSharp.IO;

namespace PeftSharp.Training;

/// <summary>
/// Writes <c>metrics.jsonl</c>: one object a line, <c>{"step": …, "epoch": …, "loss": …}</c> with the names HF logs (evaluations
/// <c>eval_…</c>), each line on the disk as soon as it is known. A resumed run goes on in the same file, after dropping the
/// lines of steps that the checkpoint does not have.
/// </summary>
public sealed class JsonLinesObserver : ITrainingObserver
{
    /// <summary>The name of the file in the folder of the run.</summary>
    public const string FileName = "metrics.jsonl";

    private readonly string _path;

    /// <param name="folder">The folder of the run; made if missing.</param>
    public JsonLinesObserver(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        _path = Path.Combine(folder, FileName);
    }

    /// <inheritdoc/>
    public void Started(TrainingStart start)
    {
        ArgumentNullException.ThrowIfNull(start);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(_path))!);
        IEnumerable<string> kept = start.ResumedStep > 0 && File.Exists(_path)
            ? File.ReadLines(_path).Where(line => StepOf(line) is { } step && step <= start.ResumedStep).ToArray()
            : [];
        AtomicFile.WriteText(_path, string.Concat(kept.Select(line => line + "\n")));
    }

    /// <inheritdoc/>
    public void Logged(LogEntry entry) => Append(LogHistory.Of(entry));

    /// <inheritdoc/>
    public void Evaluated(EvaluationReport report) => Append(LogHistory.Of(report));

    /// <inheritdoc/>
    public void Finished(TrainingResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        Append(LogHistory.Of(result));
    }

    private void Append(JsonObject line) => File.AppendAllText(_path, line.ToJsonString() + "\n");

    /// <summary>The step of a line, or null for a line that a crash cut off.</summary>
    private static long? StepOf(string line)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            return document.RootElement.TryGetProperty("step", out JsonElement step) && step.TryGetInt64(out long number)
                && !document.RootElement.TryGetProperty("train_loss", out _) ? number : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
