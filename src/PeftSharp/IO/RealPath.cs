namespace PeftSharp.IO;

/// <summary>Where a path leads when every link on the way is followed, as the system follows them.</summary>
internal static class RealPath
{
    private const int MostLinks = 40;

    /// <summary>The path without links; what is not there stays as it is.</summary>
    /// <exception cref="IOException">Links lead round in a circle.</exception>
    public static string Of(string path)
    {
        string full = Path.GetFullPath(path), real = Path.GetPathRoot(full)!;
        Stack<string> rest = [];
        Push(rest, full[real.Length..]);
        for (int links = 0; rest.TryPop(out string? part);)
        {
            if (part == "..")
            {
                real = Path.GetDirectoryName(real) ?? real;
                continue;
            }
            string next = Path.Combine(real, part);
            if (new FileInfo(next).LinkTarget is not { } target)
            {
                real = next;
                continue;
            }
            if (++links > MostLinks)
                throw new IOException($"{path} is a link that leads round in a circle.");
            if (Path.IsPathRooted(target))
                real = Path.GetPathRoot(target)!;
            Push(rest, target[(Path.IsPathRooted(target) ? real.Length : 0)..]);
        }
        return real;
    }

    private static void Push(Stack<string> rest, string path)
    {
        string[] parts = path.Split([Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar], StringSplitOptions.RemoveEmptyEntries);
        foreach (string part in parts.Reverse())
            if (part != ".")
                rest.Push(part);
    }
}
