namespace PeftSharp.IO;

/// <summary>Finds files that another file names, without ever leaving the folder they belong to.</summary>
public static class FolderFile
{
    /// <summary>The full path of a file that lies directly in <paramref name="folder"/>.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="name">A plain file name; separators, drives, <c>.</c> and <c>..</c> are refused on every system.</param>
    /// <param name="source">Where the name comes from, for the message.</param>
    /// <exception cref="InvalidDataException">The name is not plain, or the file is a link that leads elsewhere.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <remarks>One kind of link may leave the folder: those of the Hugging Face cache, from <c>snapshots/REVISION/</c> to <c>blobs/</c> beside it.</remarks>
    public static string Resolve(string folder, string name, string source)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentNullException.ThrowIfNull(name);
        if (!IsPlain(name))
            throw new InvalidDataException($"{source} names the file \"{Printable(name)}\": only a plain file name inside {folder} is allowed.");
        string root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        string path = Path.Combine(root, name);
        FileInfo file = new(path);
        if (!file.Exists && file.LinkTarget is null)
            throw new FileNotFoundException($"{source} names the file {name}, which is not in {folder}.", path);
        if (file.LinkTarget is not null)
            CheckTarget(root, file, source);
        return path;
    }

    /// <summary>True for a name of at most 255 characters that cannot mean anything but a file directly in a folder, on any system.</summary>
    public static bool IsPlain(string name) =>
        !string.IsNullOrEmpty(name)
        && name is not ("." or "..")
        && name.Length <= 255
        && name.AsSpan().IndexOfAny("/\\:") < 0
        && !name.Any(char.IsControl);

    private static void CheckTarget(string root, FileInfo link, string source)
    {
        FileSystemInfo? target;
        try
        {
            target = link.ResolveLinkTarget(returnFinalTarget: true);
        }
        catch (IOException e)
        {
            throw new InvalidDataException($"{source} names {link.Name}, a link that leads nowhere: {e.Message}", e);
        }
        if (target is not { Exists: true })
            throw new FileNotFoundException($"{source} names {link.Name}, a link to a file that does not exist.", link.FullName);
        string? at = Path.GetDirectoryName(Path.GetFullPath(target.FullName));
        if (at != root && at != CacheBlobs(root))
            throw new InvalidDataException($"{source} names {link.Name}, a link that leads out of {root}: copy the file there.");
    }

    /// <summary><c>…/models--x/blobs</c> for <c>…/models--x/snapshots/REVISION</c>; else null.</summary>
    private static string? CacheBlobs(string root) =>
        Path.GetDirectoryName(root) is { } parent && Path.GetFileName(parent) == "snapshots" && Path.GetDirectoryName(parent) is { } model
            ? Path.Combine(model, "blobs")
            : null;

    private static string Printable(string name) =>
        string.Concat((name.Length > 120 ? name[..120] + "…" : name).Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c));
}
