using PeftSharp.Workflows.Configuration;

namespace PeftSharp.Workflows.Converting;

/// <summary>Where a workflow may write what it makes.</summary>
internal static class OutputPlace
{
    /// <summary>The full path of an output that may be written; its parent folder is made.</summary>
    /// <param name="output">The file or folder to make.</param>
    /// <param name="overwrite">Whether one that is there already is replaced.</param>
    /// <param name="sources">What is read: the output may be none of these and hold none of them.</param>
    /// <exception cref="ConfigException">The output is there already, or is in the way of a source.</exception>
    public static string Claim(string output, bool overwrite, params ReadOnlySpan<string> sources)
    {
        ArgumentException.ThrowIfNullOrEmpty(output);
        string target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(output));
        bool isFile = Tensors.Checkpoint.IsGguf(target);
        foreach (string source in sources)
            if (Path.GetFullPath(source) is var path && (path == target || path.StartsWith(target + Path.DirectorySeparatorChar, StringComparison.Ordinal)))
                throw new ConfigException($"{output} holds {source}, which is being read; write to another {(isFile ? "file" : "folder")}.");
        if ((Directory.Exists(target) || File.Exists(target)) && !overwrite)
            throw new ConfigException($"{output} is there already; choose another name or give --force to replace it.");
        if (isFile ? Directory.Exists(target) : File.Exists(target))
            throw new ConfigException($"{output} is a {(isFile ? "folder" : "file")}; choose another name.");
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        return target;
    }
}
