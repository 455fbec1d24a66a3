namespace PeftSharp.Workflows.Runs;

/// <summary>The model and the data that come with PeftSharp, wherever it was put.</summary>
/// <param name="Model">all-MiniLM-L6-v2.</param>
/// <param name="Data">Banking77: <c>train.csv</c> and <c>test.csv</c>.</param>
public sealed record QuickstartAssets(string Model, string Data)
{
    /// <summary>Finds <c>assets/</c> in the current folder, beside the program, or in a folder above either.</summary>
    /// <exception cref="DirectoryNotFoundException">It is nowhere there.</exception>
    public static QuickstartAssets Find()
    {
        foreach (string start in (string[])[Directory.GetCurrentDirectory(), AppContext.BaseDirectory])
            for (DirectoryInfo? at = new(start); at is not null; at = at.Parent)
            {
                string assets = Path.Combine(at.FullName, "assets");
                QuickstartAssets found = new(Path.Combine(assets, "models", "all-MiniLM-L6-v2"), Path.Combine(assets, "data", "banking77"));
                if (File.Exists(Path.Combine(found.Model, "config.json")) && File.Exists(Path.Combine(found.Data, "train.csv")))
                    return new(Shorten(found.Model), Shorten(found.Data));
            }
        throw new DirectoryNotFoundException(
            "The model and data of the quickstart (assets/models/all-MiniLM-L6-v2 and assets/data/banking77) are neither here nor beside the program; run it from a clone, or give --model and --data.");
    }

    /// <summary>As the user would type it, where that is shorter.</summary>
    private static string Shorten(string path)
    {
        string relative = Path.GetRelativePath(Directory.GetCurrentDirectory(), path);
        return relative.StartsWith("..", StringComparison.Ordinal) ? path : relative;
    }
}
