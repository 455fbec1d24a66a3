namespace PeftSharp.IO;

/// <summary>
/// Writes a folder so that it is there whole or not at all: it is filled under a temporary sibling name, which is then
/// renamed, or changes places with the folder that is there already. What a crash leaves is a sibling with
/// <see cref="TemporaryMark"/> in its name. Where two folders cannot change places in one step, a crash may leave the old one
/// under <see cref="ReplacedMark"/>, and <see cref="Recover"/> brings it back.
/// </summary>
internal static class AtomicFolder
{
    /// <summary>What the names of unfinished folders contain.</summary>
    public const string TemporaryMark = ".partial-";

    /// <summary>What the name of a whole folder contains while another one takes its place.</summary>
    public const string ReplacedMark = ".replaced-";

    /// <summary>Fills and renames; a folder that is there already is replaced.</summary>
    /// <param name="path">The folder to make; its parent must exist.</param>
    /// <param name="fill">Writes files into the folder it is given, each flushed to the disk.</param>
    /// <exception cref="IOException">The disk is full or the folder cannot be written; nothing of it is left.</exception>
    public static void Write(string path, Action<string> fill) => Write(path, fill, LibC.TryExchange);

    /// <summary>The same, with the call that lets two folders change places in one step, or says that it cannot.</summary>
    internal static void Write(string path, Action<string> fill, Func<string, string, bool> exchange)
    {
        string target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        string parent = Path.GetDirectoryName(target)!;
        string temporary = $"{target}{TemporaryMark}{Guid.NewGuid():N}";
        Recover(target);
        try
        {
            Directory.CreateDirectory(temporary);
            fill(temporary);
            LibC.SyncFolder(temporary);
            if (!Directory.Exists(target))
                Directory.Move(temporary, target);
            else if (exchange(temporary, target))
                Directory.Delete(temporary, recursive: true);
            else
                Replace(target, temporary);
            LibC.SyncFolder(parent);
        }
        catch
        {
            if (Directory.Exists(temporary))
                Directory.Delete(temporary, recursive: true);
            throw;
        }
    }

    /// <summary>Brings a folder back that a crash left under another name while it was being replaced.</summary>
    public static void Recover(string path)
    {
        string target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        string? parent = Path.GetDirectoryName(target);
        if (parent is null || Directory.Exists(target) || !Directory.Exists(parent))
            return;
        string? left = Left(parent, ReplacedMark)
            .Where(folder => folder.StartsWith(target + ReplacedMark, StringComparison.Ordinal))
            .MaxBy(Directory.GetLastWriteTimeUtc);
        if (left is not null)
            Directory.Move(left, target);
    }

    /// <summary>Removes what unfinished writes left in a folder, and brings back what they had not replaced yet.</summary>
    public static void Clean(string parent)
    {
        if (!Directory.Exists(parent))
            return;
        foreach (string left in Left(parent, ReplacedMark))
        {
            Recover(left[..left.LastIndexOf(ReplacedMark, StringComparison.Ordinal)]);
            if (Directory.Exists(left))
                Directory.Delete(left, recursive: true);
        }
        foreach (string left in Left(parent, TemporaryMark))
            Directory.Delete(left, recursive: true);
    }

    /// <summary>The folders with a mark and an identifier of ours behind it.</summary>
    private static IEnumerable<string> Left(string parent, string mark) =>
        Directory.GetDirectories(parent, $"*{mark}*").Where(folder => Guid.TryParseExact(folder[(folder.LastIndexOf(mark, StringComparison.Ordinal) + mark.Length)..], "N", out _));

    private static void Replace(string target, string fresh)
    {
        string old = $"{target}{ReplacedMark}{Guid.NewGuid():N}";
        Directory.Move(target, old);
        try
        {
            Directory.Move(fresh, target);
        }
        catch
        {
            Directory.Move(old, target);
            throw;
        }
        Directory.Delete(old, recursive: true);
    }
}
