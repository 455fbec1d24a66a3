using PeftSharp.Tensors.Native;

namespace PeftSharp.IO;

/// <summary>
/// Writes a folder so that it is there whole or not at all: it is filled under a temporary sibling name, which is then
/// renamed. What a crash leaves is a sibling with <see cref="TemporaryMark"/> in its name.
/// </summary>
internal static class AtomicFolder
{
    /// <summary>What the names of unfinished folders contain.</summary>
    public const string TemporaryMark = ".partial-";

    /// <summary>Fills and renames; a folder that is there already is replaced.</summary>
    /// <param name="path">The folder to make; its parent must exist.</param>
    /// <param name="fill">Writes files into the folder it is given, each flushed to the disk.</param>
    /// <exception cref="IOException">The disk is full or the folder cannot be written; nothing of it is left.</exception>
    public static void Write(string path, Action<string> fill)
    {
        string target = Path.GetFullPath(path);
        string parent = Path.GetDirectoryName(target)!;
        string temporary = $"{target}{TemporaryMark}{Guid.NewGuid():N}";
        try
        {
            Directory.CreateDirectory(temporary);
            fill(temporary);
            LibC.SyncFolder(temporary);
            if (Directory.Exists(target))
            {
                string old = $"{target}{TemporaryMark}{Guid.NewGuid():N}";
                Directory.Move(target, old);
                Directory.Move(temporary, target);
                Directory.Delete(old, recursive: true);
            }
            else
            {
                Directory.Move(temporary, target);
            }
            LibC.SyncFolder(parent);
        }
        catch
        {
            if (Directory.Exists(temporary))
                Directory.Delete(temporary, recursive: true);
            throw;
        }
    }

    /// <summary>Removes what unfinished writes left in a folder.</summary>
    public static void Clean(string parent)
    {
        if (!Directory.Exists(parent))
            return;
        foreach (string left in Directory.GetDirectories(parent, $"*{TemporaryMark}*"))
            Directory.Delete(left, recursive: true);
    }
}
