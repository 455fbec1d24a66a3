namespace PeftSharp.Tests.Training;

/// <summary>A folder that is gone after the test; its name has a space, as users' folders do.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public TemporaryFolder() => Directory.CreateDirectory(Root);

    public string Root { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"peftsharp tests {Guid.NewGuid():N}");

    public string At(params string[] parts) => System.IO.Path.Combine([Root, .. parts]);

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
