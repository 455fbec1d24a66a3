using PeftSharp.AdapterFolders;
using PeftSharp.Adapters;
using PeftSharp.Inference;
using PeftSharp.IO;

namespace PeftSharp.Workflows.Adapting;

/// <summary>Writes an adapter that was made of others.</summary>
internal static class SavedAdapter
{
    /// <summary>Writes the folder whole or not at all, with the labels of the adapter that it came from.</summary>
    public static void Write(Adapter adapter, string target, string labelsFrom)
    {
        AtomicFolder.Write(target, folder =>
        {
            AdapterFolder.Save(adapter, folder);
            string labels = Path.Combine(labelsFrom, AdapterLabels.FileName);
            if (File.Exists(labels))
                AtomicFile.WriteText(Path.Combine(folder, AdapterLabels.FileName), SmallFile.ReadText(labels));
        });
    }
}
