using PeftSharp.Workflows.Configuration;

namespace PeftSharp.Workflows.Loading;

/// <summary>The folder that a verb is to make.</summary>
internal static class OutputFolder
{
    /// <summary>The full path, after checking that writing there harms nothing.</summary>
    /// <param name="output">The folder to make.</param>
    /// <param name="overwrite">Whether a folder that is there already is replaced.</param>
    /// <param name="doing">What is done with the sources, such as <c>merged</c>, for messages.</param>
    /// <param name="sources">The folders that are read.</param>
    /// <exception cref="ConfigException">It is there already, is a file, or holds a source.</exception>
    public static string Require(string output, bool overwrite, string doing, params IEnumerable<string> sources)
    {
        string target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(output));
        foreach (string source in sources)
            if (IsWithin(Path.GetFullPath(source), target))
                throw new ConfigException($"{output} holds {source}, which is being {doing}; write to another folder.");
        if ((Directory.Exists(target) || File.Exists(target)) && !overwrite)
            throw new ConfigException($"{output} is there already; choose another folder or give --force to replace it.");
        if (File.Exists(target))
            throw new ConfigException($"{output} is a file; choose another folder.");
        return target;
    }

    private static bool IsWithin(string path, string folder) =>
        path == folder || path.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal);
}
