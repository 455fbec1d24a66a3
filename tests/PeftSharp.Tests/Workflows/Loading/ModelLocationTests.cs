using PeftSharp.Testing;
using PeftSharp.Workflows.Configuration;
using PeftSharp.Workflows.Loading;
using Xunit;

namespace PeftSharp.Tests.Workflows.Loading;

public sealed class ModelLocationTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("peft where").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Resolve_Model_IsItself() =>
        Assert.Equal(new(Fixtures.Asset("models", "all-MiniLM-L6-v2"), null, null), ModelLocation.Resolve(Fixtures.Asset("models", "all-MiniLM-L6-v2")));

    [Theory]
    [InlineData("run")]
    [InlineData("run/adapter")]
    public void Resolve_RunOrItsAdapter_FindsBaseAndConfig(string path)
    {
        string model = MakeModel("base"), adapter = MakeAdapter("run/adapter", model);
        File.WriteAllText(Path.Combine(_root, "run", "config.yaml"), "");
        ModelLocation location = ModelLocation.Resolve(Path.Combine(_root, path));
        Assert.Equal((model, adapter), (location.Model, Path.GetFullPath(location.Adapter!)));
        Assert.Equal(Path.Combine(_root, "run", "config.yaml"), Path.GetFullPath(location.Config!));
    }

    [Fact]
    public void Resolve_RelativeBase_IsFoundAboveTheAdapter()
    {
        string model = MakeModel("models/base");
        MakeAdapter("runs/a/adapter", "models/base");
        Assert.Equal(model, Path.GetFullPath(ModelLocation.Resolve(Path.Combine(_root, "runs", "a")).Model));
    }

    [Fact]
    public void Resolve_BaseGone_SaysHowToGiveIt()
    {
        MakeAdapter("adapter", "no/such/base");
        var error = Assert.Throws<FileNotFoundException>(() => ModelLocation.Resolve(Path.Combine(_root, "adapter")));
        Assert.Contains("--base_model", error.Message, StringComparison.Ordinal);
        string model = MakeModel("elsewhere");
        Assert.Equal(model, ModelLocation.Resolve(Path.Combine(_root, "adapter"), baseModel: model).Model);
    }

    [Fact]
    public void Resolve_AdapterOnAnAdapter_IsAContradiction()
    {
        string adapter = MakeAdapter("adapter", MakeModel("base"));
        Assert.Throws<ConfigException>(() => ModelLocation.Resolve(adapter, adapter: adapter));
    }

    [Fact]
    public void Resolve_Nothing_SaysWhatWasLookedFor() =>
        Assert.Contains("adapter_config.json", Assert.Throws<FileNotFoundException>(() => ModelLocation.Resolve(_root)).Message, StringComparison.Ordinal);

    private string MakeModel(string name) => Make(name, "config.json", "{}");

    private string MakeAdapter(string name, string model) =>
        Make(name, "adapter_config.json", $$"""{"peft_type": "LORA", "base_model_name_or_path": {{System.Text.Json.JsonSerializer.Serialize(model)}}}""");

    private string Make(string name, string file, string content)
    {
        string folder = Path.Combine(_root, name.Replace('/', Path.DirectorySeparatorChar));
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, file), content);
        return folder;
    }
}
