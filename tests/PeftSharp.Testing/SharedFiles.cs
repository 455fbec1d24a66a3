namespace PeftSharp.Testing;

/// <summary>
/// The large models and data that are not part of the repository: <c>PEFTSHARP_SHARED</c> if set, else <c>../shared</c>
/// beside the checkout. Where the folder is missing a test skips with <see cref="Missing"/> as its reason; where the
/// folder is there and a file in it is not, <see cref="PathOf"/> throws and the test fails.
/// </summary>
public static class SharedFiles
{
    /// <summary>The folder, whether or not it exists.</summary>
    public static string Root { get; } =
        Environment.GetEnvironmentVariable("PEFTSHARP_SHARED") is { Length: > 0 } set
            ? set
            : Path.GetFullPath(Path.Combine(Fixtures.RepositoryRoot, "..", "shared"));

    /// <summary>True when the folder is there.</summary>
    public static bool Available => Directory.Exists(Root);

    /// <summary>What to tell the person whose test was skipped.</summary>
    public static string Missing => $"needs the large models and data at {Root} (set PEFTSHARP_SHARED to another folder)";

    /// <summary>The path of a file or folder that must be there.</summary>
    /// <exception cref="FileNotFoundException">The shared folder exists and this path in it does not.</exception>
    public static string PathOf(params string[] parts)
    {
        string path = Path.Combine([Root, .. parts]);
        return File.Exists(path) || Directory.Exists(path)
            ? path
            : throw new FileNotFoundException($"{Root} exists but {path} does not.", path);
    }
}
