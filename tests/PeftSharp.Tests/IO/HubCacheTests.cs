using PeftSharp.Inference;
using PeftSharp.IO;
using PeftSharp.Methods.Lora;
using PeftSharp.Models;
using PeftSharp.Tests.Inference;
using PeftSharp.Workflows.Loading;
using Xunit;

namespace PeftSharp.Tests.IO;

/// <summary>Models by their id, out of a cache laid out as huggingface_hub does it.</summary>
public sealed class HubCacheTests : IDisposable
{
    private const string Revision = "0123456789abcdef0123456789abcdef01234567";
    private readonly string? _before = Environment.GetEnvironmentVariable("HF_HUB_CACHE");
    private readonly string _cache = Directory.CreateTempSubdirectory("peftsharp").FullName;

    public HubCacheTests() => Environment.SetEnvironmentVariable("HF_HUB_CACHE", _cache);

    public void Dispose()
    {
        Environment.SetEnvironmentVariable("HF_HUB_CACHE", _before);
        Directory.Delete(_cache, recursive: true);
    }

    [Fact]
    public void Load_IdOfACachedModel_IsThatModelAndItsAdapterNamesTheId()
    {
        using TinyFolder tiny = new(TaskType.FeatureExtraction);
        string snapshot = Cache("tiny-owner/tiny-model", tiny.Model);
        using (InferenceModel model = InferenceModel.Load(new() { Model = "tiny-owner/tiny-model" }))
            Assert.Equal(snapshot, model.Folder);
        string adapter = Path.Combine(_cache, "adapter");
        using (PretrainedModel pretrained = PretrainedModel.Load("tiny-owner/tiny-model", new() { Task = TaskType.FeatureExtraction }))
        using (PeftModel peft = pretrained.Attach(new LoraOptions { R = 2 }))
            peft.SaveAdapter(adapter);
        Assert.Contains("\"tiny-owner/tiny-model\"", File.ReadAllText(Path.Combine(adapter, "adapter_config.json")), StringComparison.Ordinal);
        using LoadedModel loaded = LoadedModel.Load(ModelLocation.Resolve(adapter));
        Assert.Equal(snapshot, loaded.Pretrained.Folder);
    }

    [Fact]
    public void Find_WithoutAReferenceOrWithOneThatLeadsOut_IsNothing()
    {
        using TinyFolder tiny = new(TaskType.FeatureExtraction);
        Cache("one", tiny.Model);
        string reference = Path.Combine(_cache, "models--one", "refs", "main");
        Assert.NotNull(HubCache.Find("one"));
        File.WriteAllText(reference, "../../..");
        Assert.Null(HubCache.Find("one"));
        File.Delete(reference);
        Assert.Null(HubCache.Find("one"));
        Assert.Contains("refs/main", HubCache.Advice("one"), StringComparison.Ordinal);
        Assert.Null(HubCache.Find("../one"));
        Assert.Null(HubCache.IdOf(tiny.Model));
    }

    [Theory]
    [InlineData("bert-base-uncased", true)]
    [InlineData("google-bert/bert-base-uncased", true)]
    [InlineData("a/b/c", false)]
    [InlineData("/absolute", false)]
    [InlineData("./here", false)]
    [InlineData("a..b", false)]
    [InlineData("with a space", false)]
    [InlineData("", false)]
    public void IsId_Texts_AreToldApart(string text, bool expected)
    {
        Assert.Equal(expected, HubCache.IsId(text));
        Assert.Equal(expected, HubCache.Advice(text).Contains("hf download", StringComparison.Ordinal));
    }

    /// <summary>blobs, a link to each in the snapshot, and the name of the snapshot in refs/main.</summary>
    private string Cache(string id, string model)
    {
        string root = Path.Combine(_cache, "models--" + id.Replace("/", "--", StringComparison.Ordinal));
        string snapshot = Path.Combine(root, "snapshots", Revision);
        foreach (string folder in (string[])[Path.Combine(root, "blobs"), Path.Combine(root, "refs"), snapshot])
            Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(root, "refs", "main"), Revision);
        int number = 0;
        foreach (string file in Directory.EnumerateFiles(model))
        {
            string blob = $"blob{number++}";
            File.Copy(file, Path.Combine(root, "blobs", blob));
            File.CreateSymbolicLink(Path.Combine(snapshot, Path.GetFileName(file)), Path.Combine("..", "..", "blobs", blob));
        }
        return snapshot;
    }
}
