using PeftSharp.AdapterFolders;
using PeftSharp.Adapters;
using PeftSharp.AdapterFolders.Hub;
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
    /// Those in <c>labels.json</c> (<c>id2label</c> as a config.json has it), or those of AdapterHub's <c>head_config.json</c>;
    /// without either the base's own where the head that the adapter brings has as many, else <c>LABEL_0</c> …; null where
    /// the adapter brings no head.
    /// </summary>
    /// <param name="folder">The adapter's folder.</param>
    /// <param name="own">The base's labels, where they are known.</param>
    public static IReadOnlyList<string>? Of(string folder, Func<IReadOnlyList<string>>? own = null)
    {
        if (Saved(folder) is { } saved)
            return saved.Labels();
        if (HubFolder.Labels(folder) is { } hub)
            return hub;
        using ICheckpoint? file = Checkpoint.OpenIn(folder, AdapterFolder.WeightsName, AdapterFolder.OldWeightsName);
        string? head = file?.Names.FirstOrDefault(name => name is "base_model.model.classifier.weight" or "base_model.model.score.weight");
        if (head is null)
            return null;
        int count = (int)file!.Info(head).Shape[0];
        return own?.Invoke() is { } names && names.Count == count ? names : [.. Enumerable.Range(0, count).Select(id => $"LABEL_{id}")];
    }

    /// <summary>
    /// What the adapter's classifier decides. The file says it where the number of labels does not; the base's config, made
    /// for another head, has no say. Null without the file.
    /// </summary>
    public static ProblemType? ProblemOf(string folder) => Saved(folder) is { } saved
        ? ProblemTypes.Of(saved) ?? (saved.Labels().Count == 1 ? ProblemType.Regression : ProblemType.SingleLabel)
        : null;

    /// <summary>From which probability on each label holds, where <c>labels.json</c> says so; else null.</summary>
    public static IReadOnlyList<float>? ThresholdsOf(string folder) =>
        Saved(folder) is { } saved ? LabelThresholds.Read(saved, saved.Labels()) : null;

    private static ModelConfig? Saved(string folder)
    {
        string path = Path.Combine(folder, FileName);
        return File.Exists(path) ? ModelConfig.Parse(SmallFile.ReadText(path), path) : null;
    }
}
