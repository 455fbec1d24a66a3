using System.Globalization;
using System.Text.Json.Nodes;
using PeftSharp.IO;
using PeftSharp.Models;

namespace PeftSharp.Workflows.Loading;

/// <summary>
/// <c>labels.json</c> beside an adapter's own files: the names of its classes. Hugging Face keeps them in the base's
/// config.json, which an adapter does not bring along, and reads over this file. <see cref="Inference.AdapterLabels"/> reads it.
/// Where a text may have several labels it has their <c>problem_type</c> and <c>thresholds</c> too.
/// </summary>
public static class LabelFile
{
    /// <summary>Writes the file: <c>id2label</c> and <c>label2id</c> as a config.json has them.</summary>
    /// <param name="folder">The adapter's folder.</param>
    /// <param name="labels">The names by id.</param>
    /// <param name="problem">What the classifier decides.</param>
    /// <param name="thresholds">From which probability on each label holds, where several may.</param>
    public static void Write(string folder, IReadOnlyList<string> labels, ProblemType problem = ProblemType.SingleLabel, IReadOnlyList<float>? thresholds = null) =>
        AtomicFile.WriteText(Path.Combine(folder, Inference.AdapterLabels.FileName), PythonJson.Write(ToJson(labels, problem, thresholds)) + "\n");

    /// <summary>The keys, to put into a config.json as well.</summary>
    internal static JsonObject ToJson(IReadOnlyList<string> labels, ProblemType problem, IReadOnlyList<float>? thresholds)
    {
        JsonObject names = [], ids = [];
        for (int id = 0; id < labels.Count; id++)
        {
            names[id.ToString(CultureInfo.InvariantCulture)] = labels[id];
            ids[labels[id]] = id;
        }
        JsonObject json = new() { ["id2label"] = names, ["label2id"] = ids };
        // One label says regression by itself, and several one class, as in HF.
        if (problem != (labels.Count == 1 ? ProblemType.Regression : ProblemType.SingleLabel))
            json[ProblemTypes.Key] = problem.ToName();
        if (problem == ProblemType.MultiLabel && LabelThresholds.ToJson(labels, thresholds ?? []) is { } saved)
            json[LabelThresholds.Key] = saved;
        return json;
    }
}
