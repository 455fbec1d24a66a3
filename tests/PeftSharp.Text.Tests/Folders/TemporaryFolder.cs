namespace PeftSharp.Text.Tests.Folders;

/// <summary>A folder that goes with the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("tokenizer").FullName;

    /// <summary>Copies files of another folder, all but tokenizer.json and those named.</summary>
    public static TemporaryFolder Of(string source, params ReadOnlySpan<string> without)
    {
        TemporaryFolder folder = new();
        foreach (string file in Directory.GetFiles(source))
            if (System.IO.Path.GetFileName(file) is var name && name != "tokenizer.json" && !without.Contains(name))
                File.WriteAllBytes(System.IO.Path.Combine(folder.Path, name), File.ReadAllBytes(file));
        return folder;
    }

    public TemporaryFolder With(string name, string content)
    {
        File.WriteAllText(System.IO.Path.Combine(Path, name), content);
        return this;
    }

    public TemporaryFolder With(string name, byte[] content)
    {
        File.WriteAllBytes(System.IO.Path.Combine(Path, name), content);
        return this;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
