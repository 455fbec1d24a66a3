using Xunit;
using System.Text.Json.Nodes;
using PeftSharp.Tensors;
using PeftSharp.Testing;

namespace PeftSharp.Cli.Tests.Verbs;

public sealed class InspectVerbTests
{
    [Fact]
    public void Inspect_Adapter_ShowsConfigAndEveryTensor()
    {
        string folder = Fixtures.PathOf("hf_peft", "bert", "lora");
        PeftRun run = PeftRun.Well("inspect", folder);
        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(folder, "adapter_model.safetensors"));
        Assert.Contains("LORA", run.Out, StringComparison.Ordinal);
        foreach (string name in file.Names)
            Assert.Contains(name, run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Inspect_AdapterAsJson_HasShapesDtypesAndSizes()
    {
        string folder = Fixtures.PathOf("hf_peft", "bert", "lora");
        JsonNode json = PeftRun.Well("inspect", folder, "--json").Json;
        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(folder, "adapter_model.safetensors"));
        Assert.Equal("adapter", (string?)json["kind"]);
        Assert.Equal("LORA", (string?)json["config"]!["peft_type"]);
        JsonArray tensors = json["tensors"]!.AsArray();
        Assert.Equal(file.Names.Count, tensors.Count);
        foreach (JsonNode? tensor in tensors)
        {
            TensorInfo info = file.Info((string)tensor!["name"]!);
            Assert.Equal(info.Shape, tensor["shape"]!.AsArray().Select(size => (long)size!));
            Assert.Equal(info.DType.ToString(), (string?)tensor["dtype"]);
            Assert.Equal(info.ByteLength, (long)tensor["bytes"]!);
        }
        Assert.Equal(tensors.Sum(tensor => (long)tensor!["bytes"]!), (long)json["bytes"]!);
    }

    [Fact]
    public void Inspect_Model_ShowsItsFamilyAndSize()
    {
        JsonNode json = PeftRun.Well("inspect", Fixtures.Asset("models", "all-MiniLM-L6-v2"), "--json").Json;
        Assert.Equal("model", (string?)json["kind"]);
        Assert.Equal("bert", (string?)json["config"]!["model_type"]);
        Assert.Equal(22_713_216, (long)json["parameters"]!);
        Assert.Contains("BertModel", PeftRun.Well("inspect", Fixtures.Asset("models", "all-MiniLM-L6-v2")).Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Inspect_File_ShowsItsTensors() =>
        Assert.Equal("file", (string?)PeftRun.Well("inspect", Fixtures.PathOf("hf_peft", "bert", "base", "model.safetensors"), "--json").Json["kind"]);

    [Fact]
    public void Inspect_NothingThere_IsOneError() => PeftRun.Fails(1, ["inspect", "no-such-folder"], "no-such-folder");

    [Fact]
    public void Inspect_FolderOfSomethingElse_SaysWhatWasLookedFor()
    {
        string folder = Directory.CreateTempSubdirectory("peft").FullName;
        PeftRun.Fails(1, ["inspect", folder], "config.json", "adapter_config.json");
        Directory.Delete(folder);
    }

    [Fact]
    public void Inspect_BrokenFile_IsOneError()
    {
        string file = Path.GetTempFileName();
        File.WriteAllBytes(file, [255, 255, 255, 255, 255, 255, 255, 127, 1, 2, 3]);
        PeftRun.Fails(1, ["inspect", file], file);
        File.Delete(file);
    }
}
