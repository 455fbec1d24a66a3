using System.Globalization;
using System.Text.Json.Nodes;
using PeftSharp.IO;

namespace PeftSharp.Workflows.Loading;

/// <summary>
/// <c>labels.json</c> beside an adapter's own files: the names of its classes. Hugging Face keeps them in the base's
/// config.json, which an adapter does not bring along, and reads over this file. <see cref="Inference.AdapterLabels"/> reads it.
/// </summary>
public static class LabelFile
{
    /// <summary>Writes the file: <c>id2label</c> and <c>label2id</c> as a config.json has them.</summary>
    public static void Write(string folder, IReadOnlyList<string> labels) =>
        AtomicFile.WriteText(Path.Combine(folder, Inference.AdapterLabels.FileName), PythonJson.Write(ToJson(labels)) + "\n");

    /// <summary>The two maps, to put into a config.json as well.</summary>
    internal static JsonObject ToJson(IReadOnlyList<string> labels)
    {
        JsonObject names = [], ids = [];
        for (int id = 0; id < labels.Count; id++)
        {
            names[id.ToString(CultureInfo.InvariantCulture)] = labels[id];
            ids[labels[id]] = id;
        }
        return new JsonObject { ["id2label"] = names, ["label2id"] = ids };
    }
}
