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
    public void Inspect_FileOfTorchSave_ShowsItsTensors()
    {
        string path = Fixtures.PathOf("adapters", "bert", "seq_bn_bin", "pytorch_adapter.bin");
        JsonNode json = PeftRun.Well("inspect", path, "--json").Json;
        Assert.Equal("pickle", (string?)json["format"]);
        Assert.Equal("pytorch_adapter.bin", (string?)json["files"]![0]);
        using SafetensorsFile safe = SafetensorsFile.Open(Fixtures.PathOf("adapters", "bert", "seq_bn", "adapter.safetensors"));
        Assert.Equal(safe.Names.Order(StringComparer.Ordinal), json["tensors"]!.AsArray().Select(t => (string)t!["name"]!).Order(StringComparer.Ordinal));
        Assert.Contains(safe.Names[0], PeftRun.Well("inspect", path).Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Inspect_AdapterOfAnUnknownMethod_ShowsItsConfigAndTensors()
    {
        string folder = Directory.CreateTempSubdirectory("peft").FullName;
        File.WriteAllText(Path.Combine(folder, "adapter_config.json"), """{"peft_type": "SOMETHING_NEW", "r": 8, "base_model_name_or_path": "them/model"}""");
        File.Copy(Fixtures.PathOf("adapters", "bert", "seq_bn_bin", "pytorch_adapter.bin"), Path.Combine(folder, "adapter_model.bin"));
        JsonNode json = PeftRun.Well("inspect", folder, "--json").Json;
        Assert.Equal("adapter", (string?)json["kind"]);
        Assert.Equal("SOMETHING_NEW", (string?)json["config"]!["peft_type"]);
        Assert.Equal("pickle", (string?)json["format"]);
        Assert.Contains("them/model", PeftRun.Well("inspect", folder).Out, StringComparison.Ordinal);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void Inspect_ShardsWithoutAConfig_ShowsAllFiles()
    {
        string folder = Directory.CreateTempSubdirectory("peft").FullName, head = Fixtures.PathOf("adapters", "bert", "seq_bn_bin", "pytorch_model_head.bin");
        using (ICheckpoint file = Checkpoint.Open(head))
        {
            File.Copy(head, Path.Combine(folder, "one.bin"));
            File.Copy(Fixtures.PathOf("adapters", "bert", "seq_bn_bin", "pytorch_adapter.bin"), Path.Combine(folder, "two.bin"));
            File.WriteAllText(
                Path.Combine(folder, "pytorch_model.bin.index.json"),
                $$$"""{"weight_map": {"{{{file.Names[0]}}}": "one.bin", "bert.encoder.layer.0.output.adapters.a.adapter_up.bias": "two.bin"}}""");
        }
        JsonNode json = PeftRun.Well("inspect", folder, "--json").Json;
        Assert.Equal("weights", (string?)json["kind"]);
        Assert.Equal(["one.bin", "two.bin"], json["files"]!.AsArray().Select(f => (string?)f));
        Assert.Equal("file", (string?)PeftRun.Well("inspect", Path.Combine(folder, "pytorch_model.bin.index.json"), "--json").Json["kind"]);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void Inspect_ModelOfAnUnknownFamily_ShowsItsTensors()
    {
        string folder = Directory.CreateTempSubdirectory("peft").FullName;
        File.WriteAllText(Path.Combine(folder, "config.json"), """{"model_type": "something_new", "hidden_size": 8}""");
        File.Copy(Fixtures.PathOf("adapters", "bert", "seq_bn", "adapter.safetensors"), Path.Combine(folder, "model.safetensors"));
        JsonNode json = PeftRun.Well("inspect", folder, "--json").Json;
        Assert.Equal("model", (string?)json["kind"]);
        Assert.Equal("something_new", (string?)json["config"]!["model_type"]);
        Assert.NotEmpty(json["tensors"]!.AsArray());
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void Inspect_PickleThatWouldRunCode_NamesWhatItAsksForAndRunsNothing()
    {
        string folder = Directory.CreateTempSubdirectory("peft").FullName, file = Path.Combine(folder, "pytorch_model.bin");
        // The start of a file of torch.save before 1.6, whose first value is a call of os.system.
        File.WriteAllBytes(file, [0x80, 2, .. "cposix\nsystem\nU\u0010touch /tmp/pwned!\u0085R."u8]);
        PeftRun.Fails(1, ["inspect", file], "posix.system", "nothing was run");
        Assert.False(File.Exists("/tmp/pwned!"));
        Directory.Delete(folder, recursive: true);
    }

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
