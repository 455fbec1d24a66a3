using System.Text.Json.Nodes;
using PeftSharp.Adapters;
using PeftSharp.Inference;
using PeftSharp.Models;
using PeftSharp.Tensors;
using PeftSharp.Tests.Parity;
using PeftSharp.Testing;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Adapters.Hub;

/// <summary>AdapterHub's folders: what we write equals what its library writes, and bad ones are refused with one clear error.</summary>
public sealed class HubFolderTests : IDisposable
{
    private static readonly string _bert = Fixtures.PathOf("adapters", "bert");
    private readonly string _folder = Directory.CreateTempSubdirectory("peftsharp-").FullName;

    public static TheoryData<string> SavedCases => GoldenCases.SavedByHub;

    public static TheoryData<string> MeantCases => [.. SavedCases.Select(row => row.Data).Where(GoldenCases.AttendsAsMeant)];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory, MemberData(nameof(SavedCases))]
    public void Save_OfReferenceAdapter_WritesItsTensors(string name)
    {
        using GoldenCase golden = GoldenCase.OpenAsSaved(name);
        golden.SaveHubAdapter(_folder, withHead: true);
        // Where the library wrote a pickle, the same adapter lies beside it as safetensors.
        string reference = File.Exists(Path.Combine(golden.Folder, "adapter.safetensors")) ? golden.Folder : golden.Folder.Replace("_bin", "", StringComparison.Ordinal);
        CompareTensors(reference, "adapter.safetensors");
        if (File.Exists(Path.Combine(golden.Folder, "model_head.safetensors")))
            CompareTensors(golden.Folder, "model_head.safetensors");
    }

    [Theory, MemberData(nameof(SavedCases))]
    public void Save_OfReferenceAdapter_WritesItsConfigs(string name)
    {
        using GoldenCase golden = GoldenCase.OpenAsSaved(name);
        golden.SaveHubAdapter(_folder, withHead: true);
        foreach (string file in (string[])["adapter_config.json", "head_config.json"])
        {
            if (!File.Exists(Path.Combine(golden.Folder, file)))
                continue;
            JsonObject expected = Json(golden.Folder, file), actual = Json(_folder, file);
            Assert.Equal(golden.BaseFolder, actual["model_name"]!.GetValue<string>());
            actual["model_name"] = expected["model_name"]!.DeepClone();
            Assert.True(JsonNode.DeepEquals(expected, actual), $"{file}: {actual} is not {expected}");
        }
    }

    /// <summary>Trained folders with settings that do nothing there; that they load right is for the parity tests.</summary>
    [Theory]
    [InlineData("r025_bn", "adapter_residual_before_ln")]
    [InlineData("r032_union", "select no layer")]
    [InlineData("r035_bn", "post_add")]
    public void Load_OfSettingWithoutEffect_SaysSo(string name, string word)
    {
        using GoldenCase golden = GoldenCase.OpenAsSaved($"adapters_drawn/llama/{name}");
        Assert.Contains(word, Assert.Single(golden.Adapter!.Warnings), StringComparison.Ordinal);
        Assert.Contains("no effect", golden.Adapter.Warnings[0], StringComparison.Ordinal);
        // Where someone sets it, it is an error.
        PeftException error = Assert.Throws<PeftException>(() => golden.Model.AddAdapter(golden.Adapter.Options, "fresh"));
        Assert.Contains(word, error.Message, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(MeantCases))]
    public void Load_OfSavedFolder_GivesTheSameLogits(string name)
    {
        using GoldenCase golden = GoldenCase.OpenAsSaved(name);
        golden.SaveHubAdapter(_folder, withHead: false);
        golden.Model.LoadAdapter(_folder, "again");
        using Tensor logits = golden.Model.Forward(golden.Input, Composition.Of("again"));
        Close.Relative(golden.LogitsOnceSaved, logits, 1e-5, "logits");
    }

    [Theory]
    [InlineData("v_new_ln_before")]
    public void Load_OfPickleWithAliases_GivesTheSameLogits(string name)
    {
        using GoldenCase golden = GoldenCase.Open($"adapters/bert/{name}");
        foreach (string file in (string[])["adapter_config.json", "pytorch_adapter.bin"])
            File.Copy(Path.Combine(golden.Folder, file), Path.Combine(_folder, file));
        golden.Model.LoadAdapter(_folder, "pickled");
        using Tensor logits = golden.Model.Forward(golden.Input, Composition.Of("pickled"));
        Close.Relative(golden.Expected("logits"), logits, 1e-5, "logits");
    }

    [Fact]
    public void Load_OfMissingTensor_NamesIt()
    {
        using var scope = NewDisposeScope();
        Edit("seq_bn", tensors => tensors.Where(pair => !pair.Key.EndsWith("layer.1.output.adapters.a.adapter_up.bias", StringComparison.Ordinal)));
        string message = Refusal();
        Assert.Contains("1 missing (base_model.model.bert.encoder.layer.1.output.adapters.adapter_up.bias)", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_OfUnknownTensor_NamesIt()
    {
        using var scope = NewDisposeScope();
        Edit("seq_bn", tensors => tensors.Append(KeyValuePair.Create("bert.encoder.layer.9.output.adapters.a.adapter_up.bias", zeros(3))));
        Assert.Contains("1 unexpected (base_model.model.bert.encoder.layer.9.output.adapters.adapter_up.bias)", Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void Load_OfMisshapenTensor_NamesBothShapes()
    {
        using var scope = NewDisposeScope();
        Edit("seq_bn", tensors => tensors.Select(pair => pair.Key.EndsWith("layer.0.output.adapters.a.adapter_up.bias", StringComparison.Ordinal) ? KeyValuePair.Create(pair.Key, zeros(3)) : pair));
        string message = Refusal();
        Assert.Contains("adapter_up.bias' is [3]", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_IntoAnotherFamily_NamesBoth()
    {
        using BaseModel llama = BaseModel.Load(Fixtures.PathOf("adapters", "llama", "base"));
        using PeftModel model = new(llama);
        PeftException error = Assert.Throws<PeftException>(() => model.LoadAdapter(Path.Combine(_bert, "seq_bn")));
        Assert.Contains("is for a bert model", error.Message, StringComparison.Ordinal);
        Assert.Contains("this is a llama model", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_OfUnknownArchitecture_NamesIt()
    {
        using var scope = NewDisposeScope();
        Edit("seq_bn", tensors => tensors);
        JsonObject config = Json(_folder, "adapter_config.json");
        config["config"]!["architecture"] = "mtl_lora";
        File.WriteAllText(Path.Combine(_folder, "adapter_config.json"), config.ToJsonString());
        Assert.Contains("'mtl_lora' is not supported", Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void Load_IntoBareBackbone_DropsThePrefix()
    {
        using BaseModel bert = BaseModel.Load(Path.Combine(_bert, "base"), new BaseModelOptions { Task = TaskType.FeatureExtraction });
        using PeftModel model = new(bert);
        Adapter adapter = model.LoadAdapter(Path.Combine(_bert, "seq_bn_inv"));
        Assert.Contains(adapter.Trainable, tensor => tensor.Key == "base_model.model.invertible_adapters.F.0.weight");
    }

    [Fact]
    public void Labels_OfReferenceHead_AreItsOwn() =>
        Assert.Equal(["LABEL_0", "LABEL_1", "LABEL_2"], AdapterLabels.Of(Path.Combine(_bert, "seq_bn")));

    [Fact]
    public void Load_OfDifferentHead_TakesIt()
    {
        using var scope = NewDisposeScope();
        Edit("seq_bn", tensors => tensors);
        File.Copy(Path.Combine(_bert, "seq_bn", "head_config.json"), Path.Combine(_folder, "head_config.json"));
        SafetensorsWriter.Write(Path.Combine(_folder, "model_head.safetensors"), [("classifier.weight", ones(3, Hidden)), ("classifier.bias", zeros(3))]);
        using BaseModel bert = BaseModel.Load(Path.Combine(_bert, "base"));
        using PeftModel model = new(bert);
        Adapter adapter = model.LoadAdapter(_folder);
        Assert.Equal(ones(3, Hidden), adapter.Trainable.Single(tensor => tensor.Key == "base_model.model.classifier.weight").Value);
    }

    private static long Hidden => Json(Path.Combine(_bert, "base"), "config.json")["hidden_size"]!.GetValue<long>();

    private static JsonObject Json(string folder, string file) => JsonNode.Parse(File.ReadAllText(Path.Combine(folder, file)))!.AsObject();

    private void CompareTensors(string reference, string file) =>
        Close.SameTensors(Path.Combine(reference, file), Path.Combine(_folder, file));

    private void Edit(string name, Func<IEnumerable<KeyValuePair<string, Tensor>>, IEnumerable<KeyValuePair<string, Tensor>>> change)
    {
        string source = Path.Combine(_bert, name);
        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(source, "adapter.safetensors"));
        var tensors = change(file.Names.Select(key => KeyValuePair.Create(key, file.Load(key)))).Select(pair => (pair.Key, pair.Value)).ToArray();
        SafetensorsWriter.Write(Path.Combine(_folder, "adapter.safetensors"), tensors);
        File.Copy(Path.Combine(source, "adapter_config.json"), Path.Combine(_folder, "adapter_config.json"));
    }

    private string Refusal()
    {
        using BaseModel bert = BaseModel.Load(Path.Combine(_bert, "base"));
        using PeftModel model = new(bert);
        return Assert.Throws<PeftException>(() => model.LoadAdapter(_folder)).Message;
    }
}
