namespace PeftSharp.Testing;

/// <summary>Finds the golden fixtures: <c>PEFTSHARP_FIXTURES</c> if set, else <c>tests/fixtures</c> of this repository.</summary>
public static class Fixtures
{
    /// <summary>The root of the repository, found by walking up from the test assembly.</summary>
    public static string RepositoryRoot { get; } = FindRoot();

    /// <summary>The folder that holds <c>hf_peft/</c>, <c>tokenizers/</c>, <c>metrics/</c> and the rest.</summary>
    public static string Root { get; } =
        Environment.GetEnvironmentVariable("PEFTSHARP_FIXTURES") is { Length: > 0 } set
            ? set
            : Path.Combine(RepositoryRoot, "tests", "fixtures");

    /// <summary>A path below <see cref="Root"/>.</summary>
    public static string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    /// <summary>A path below the embedded default assets.</summary>
    public static string Asset(params string[] parts) => Path.Combine([RepositoryRoot, "assets", .. parts]);

    private static string FindRoot()
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
            if (File.Exists(Path.Combine(at.FullName, "PeftSharp.slnx")))
                return at.FullName;
        throw new DirectoryNotFoundException($"No PeftSharp.slnx above {AppContext.BaseDirectory}: run the tests from a checkout.");
    }
}
