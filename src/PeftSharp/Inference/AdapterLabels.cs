using PeftSharp.Adapters;
using PeftSharp.Adapters.Hub;
using PeftSharp.IO;
using PeftSharp.Models;
using PeftSharp.Tensors;

namespace PeftSharp.Inference;

/// <summary>The names of the labels that an adapter was trained for.</summary>
internal static class AdapterLabels
{
    /// <summary>The file beside the adapter's own.</summary>
    public const string FileName = "labels.json";

    /// <summary>
    /// Those in <c>labels.json</c> (<c>id2label</c> as a config.json has it); without that file <c>LABEL_0</c> … for as
    /// many as the head has that the adapter brings, or those of AdapterHub's <c>head_config.json</c>; null where it brings none.
    /// </summary>
    public static IReadOnlyList<string>? Of(string folder)
    {
        string path = Path.Combine(folder, FileName);
        if (File.Exists(path))
            return ModelConfig.Parse(SmallFile.ReadText(path), path).Labels();
        if (HubFolder.Labels(folder) is { } saved)
            return saved;
        using ICheckpoint? file = Checkpoint.OpenIn(folder, AdapterFolder.WeightsName, AdapterFolder.OldWeightsName);
        string? head = file?.Names.FirstOrDefault(name => name is "base_model.model.classifier.weight" or "base_model.model.score.weight");
        return head is null ? null : [.. Enumerable.Range(0, (int)file!.Info(head).Shape[0]).Select(id => $"LABEL_{id}")];
    }
}
