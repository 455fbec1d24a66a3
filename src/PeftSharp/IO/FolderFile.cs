namespace PeftSharp.IO;

/// <summary>
/// Finds files that another file names: by plain names only, which cannot lead out of the folder they belong to. Links in the
/// folder are its owner's and are followed, as those of the Hugging Face cache from <c>snapshots/</c> to <c>blobs/</c>.
/// </summary>
public static class FolderFile
{
    /// <summary>The full path of a file that lies directly in <paramref name="folder"/>.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="name">A plain file name; separators, drives, <c>.</c> and <c>..</c> are refused on every system.</param>
    /// <param name="source">Where the name comes from, for the message.</param>
    /// <exception cref="InvalidDataException">The name is not plain.</exception>
    /// <exception cref="FileNotFoundException">There is no such file, or it is a link that leads nowhere.</exception>
    public static string Resolve(string folder, string name, string source)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentNullException.ThrowIfNull(name);
        if (!IsPlain(name))
            throw new InvalidDataException($"{source} names the file \"{Printable(name)}\": only a plain file name inside {folder} is allowed.");
        string path = Path.Combine(Path.GetFullPath(folder), name);
        // File.Exists is content with the link itself.
        if (File.Exists(RealPath.Of(path)))
            return path;
        throw new FileNotFoundException(new FileInfo(path).LinkTarget is null
            ? $"{source} names the file {name}, which is not in {folder}."
            : $"{source} names {name}, a link to a file that does not exist.", path);
    }

    /// <summary>True for a name of at most 255 characters that cannot mean anything but a file directly in a folder, on any system.</summary>
    public static bool IsPlain(string name) =>
        !string.IsNullOrEmpty(name)
        && name is not ("." or "..")
        && name.Length <= 255
        && name.AsSpan().IndexOfAny("/\\:") < 0
        && !name.Any(char.IsControl);

    private static string Printable(string name) =>
        string.Concat((name.Length > 120 ? name[..120] + "…" : name).Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c));
}
