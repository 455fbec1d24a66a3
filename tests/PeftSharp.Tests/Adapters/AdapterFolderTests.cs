using System.Text.Json.Nodes;
using PeftSharp.Adapters;
using PeftSharp.Kernels;
using PeftSharp.Methods.Lora;
using PeftSharp.Models;
using PeftSharp.Tests.Parity;
using PeftSharp.Testing;
using PeftSharp.Workflows.Loading;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Adapters;

/// <summary>Adapter folders: what we write equals what peft writes, and bad ones are refused with one clear error.</summary>
public sealed class AdapterFolderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("peftsharp-").FullName;

    public static TheoryData<string> SavedCases => GoldenCases.SavedByPeft;

    public static TheoryData<string> LoadedCases => [.. GoldenCases.Saved.Select(row => row.Data).Where(GoldenCases.AttendsAsMeant)];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory, MemberData(nameof(SavedCases))]
    public void Save_OfReferenceAdapter_WritesItsTensorsByteForByte(string name)
    {
        using GoldenCase golden = GoldenCase.Open(name);
        golden.Model.SaveAdapter(_folder);
        Assert.Equal(
            File.ReadAllBytes(Path.Combine(golden.Folder, "adapter_model.safetensors")),
            File.ReadAllBytes(Path.Combine(_folder, "adapter_model.safetensors")));
    }

    [Theory, MemberData(nameof(SavedCases))]
    public void Save_OfReferenceAdapter_WritesItsConfig(string name)
    {
        using GoldenCase golden = GoldenCase.Open(name);
        golden.Model.SaveAdapter(_folder);
        JsonObject expected = Config(golden.Folder);
        JsonObject actual = Config(_folder);
        Assert.Equal(expected.Select(pair => pair.Key), actual.Select(pair => pair.Key));
        foreach ((string key, JsonNode? value) in expected)
            // Where the base came from is this machine's; sets of modules have no order in peft.
            if (key == "base_model_name_or_path")
                Assert.Equal(golden.BaseFolder, actual[key]!.GetValue<string>());
            else if (key is "target_modules" or "feedforward_modules" && value is JsonArray names)
                Assert.Equal(names.Select(item => item!.GetValue<string>()).Order(), actual[key]!.AsArray().Select(item => item!.GetValue<string>()).Order());
            else
                Assert.True(JsonNode.DeepEquals(value, actual[key]), $"{key}: {actual[key]} is not {value}");
    }

    [Theory, MemberData(nameof(LoadedCases))]
    public void Load_OfSavedAdapter_GivesTheSameLogits(string name)
    {
        using GoldenCase golden = GoldenCase.Open(name);
        golden.Model.SaveAdapter(_folder);
        golden.Model.LoadAdapter(_folder, "again");
        using Tensor logits = golden.Logits(Composition.Of("again"));
        using Tensor wanted = golden.Meaningful(golden.Expected("logits")), found = golden.Meaningful(logits);
        Close.Relative(wanted, found, 1e-5, "logits", StartRounding.Of(golden));
    }

    [Fact]
    public void Save_OfNamedAdapter_GoesIntoItsOwnFolder()
    {
        using BaseModel model = BaseModel.Load(LlamaBase);
        using PeftModel peft = new(model);
        peft.AddAdapter(new LoraOptions(), "second");
        peft.SaveAdapter(_folder, "second");
        Assert.True(File.Exists(Path.Combine(_folder, "second", "adapter_config.json")));
    }

    [Fact]
    public void Load_OfUnknownKeys_KeepsThem()
    {
        string copy = Copy("llama", "lora", config => config["brand_new_key"] = new JsonArray(1, 2));
        using BaseModel model = BaseModel.Load(LlamaBase);
        using PeftModel peft = new(model);
        Adapter adapter = peft.LoadAdapter(copy);
        Assert.Contains("brand_new_key", adapter.Options.Unknown.Keys);
        peft.SaveAdapter(_folder);
        Assert.Equal("[1,2]", Config(_folder)["brand_new_key"]!.ToJsonString());
    }

    [Fact]
    public void Load_OfUnknownKeysThatSaySomething_TellsThem()
    {
        string copy = Copy("llama", "lora", config =>
        {
            config["shiny_new_scale"] = 3.0;
            config["use_shiny"] = false;
            config["shiny_config"] = new JsonObject();
            config["shiny_list"] = new JsonArray();
            config["shiny_nothing"] = null;
            config["peft_version"] = "0.30.1.dev0";
        });
        using BaseModel model = BaseModel.Load(LlamaBase);
        using PeftModel peft = new(model);
        string warning = Assert.Single(peft.LoadAdapter(copy).Warnings);
        Assert.Contains("'shiny_new_scale'", warning, StringComparison.Ordinal);
        Assert.Contains("0.30.1.dev0", warning, StringComparison.Ordinal);

        List<string> told = [];
        new AdapterNotes(told.Add).Tell(peft.Adapters.Values);
        Assert.Equal([warning], told);
        PeftException error = Assert.Throws<PeftException>(() => new AdapterNotes(told.Add, Strict: true).Tell(peft.Adapters.Values));
        Assert.Contains("shiny_new_scale", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_OfNothingUnknown_WarnsOfNothing()
    {
        using GoldenCase golden = GoldenCase.OpenAsSaved("hf_peft/llama/lora");
        Assert.Empty(golden.Adapter!.Warnings);
        new AdapterNotes(Strict: true).Tell(golden.Model.Adapters.Values);
    }

    [Fact]
    public void Load_OfAnotherBase_NamesTheKeys()
    {
        using BaseModel model = BaseModel.Load(Fixtures.PathOf("hf_peft", "bert", "base"));
        using PeftModel peft = new(model);
        PeftException error = Assert.Throws<PeftException>(() => peft.LoadAdapter(Fixtures.PathOf("hf_peft", "llama", "lora")));
        Assert.Contains("_proj", error.Message, StringComparison.Ordinal);
        Assert.Empty(peft.Adapters);
    }

    [Fact]
    public void Load_OfWrongRank_NamesKeyAndShapes()
    {
        string copy = Copy("llama", "lora", config => config["r"] = 3);
        Assert.Contains("lora_A", Refused(copy), StringComparison.Ordinal);
    }

    [Fact]
    public void Load_WithoutSomeTensors_NamesTheMissing()
    {
        string copy = Copy("llama", "lora", config => config["target_modules"] = new JsonArray("q_proj", "v_proj", "k_proj"));
        Assert.Contains("missing", Refused(copy), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("peft_type", "\"LORE\"", "LORA")]
    [InlineData("r", "0", "'r'")]
    [InlineData("r", "\"eight\"", "'r'")]
    [InlineData("lora_dropout", "1.5", "lora_dropout")]
    [InlineData("bias", "\"some\"", "bias")]
    [InlineData("init_lora_weights", "\"magic\"", "init_lora_weights")]
    [InlineData("target_modules", "[\"q_pro\"]", "q_proj")]
    [InlineData("target_modules", "\"(unclosed\"", "regular expression")]
    [InlineData("use_qalora", "true", "use_qalora")]
    [InlineData("task_type", "\"CAUSAL\"", "task_type")]
    [InlineData("trainable_token_indices", "[100000]", "100000")]
    [InlineData("rank_pattern", "{\"q_proj\": 1.5}", "rank_pattern")]
    [InlineData("layers_to_transform", "[77]", "layers_to_transform")]
    public void Load_OfWrongSetting_NamesIt(string key, string value, string named)
    {
        string copy = Copy("llama", "lora", config => config[key] = JsonNode.Parse(value));
        Assert.Contains(named, Refused(copy), StringComparison.Ordinal);
    }

    [Fact]
    public void Load_OfAbsentModuleToSave_PassesItOverAndSaysSo()
    {
        string copy = Copy("llama", "lora", config => config["modules_to_save"] = new JsonArray("lm_hed"));
        using BaseModel model = BaseModel.Load(LlamaBase);
        using PeftModel peft = new(model);
        Adapter adapter = peft.LoadAdapter(copy);
        Assert.Contains("lm_head", Assert.Single(adapter.Warnings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{\"peft_type\": 5}")]
    public void Load_OfUnsoundConfig_SaysWhichFile(string text)
    {
        string copy = Copy("llama", "lora", _ => { });
        File.WriteAllText(Path.Combine(copy, "adapter_config.json"), text);
        Assert.Contains("adapter_config.json", Refused(copy), StringComparison.Ordinal);
    }

    [Fact]
    public void Load_OfFolderWithoutConfig_SaysWhatAnAdapterFolderIs()
    {
        using BaseModel model = BaseModel.Load(LlamaBase);
        using PeftModel peft = new(model);
        Assert.Contains("adapter_config.json", Assert.Throws<FileNotFoundException>(() => peft.LoadAdapter(_folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Merge_OfNaNAdapter_IsRefused()
    {
        using BaseModel model = BaseModel.Load(LlamaBase);
        using PeftModel peft = new(model);
        Adapter adapter = peft.AddAdapter(new LoraOptions { Init = LoraInit.Random });
        using (no_grad())
            adapter.Trainable[0].Value.FillInPlace(double.NaN);
        Assert.Contains("NaN", Assert.Throws<PeftException>(() => peft.Merge()).Message, StringComparison.Ordinal);
        Assert.False(peft.IsMerged);
    }

    [Fact]
    public void Unmerge_AfterMerge_GivesTheSameBits()
    {
        using GoldenCase golden = GoldenCase.Open("hf_peft/llama/lora");
        using Tensor before = golden.Model.Forward(golden.Input);
        golden.Model.Merge();
        golden.Model.Unmerge();
        using Tensor after = golden.Model.Forward(golden.Input);
        Assert.True(before.data<float>().ToArray().SequenceEqual(after.data<float>().ToArray()));
    }

    private static string LlamaBase => Fixtures.PathOf("hf_peft", "llama", "base");

    private static JsonObject Config(string folder) =>
        JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "adapter_config.json")))!.AsObject();

    private static string Refused(string adapter)
    {
        using BaseModel model = BaseModel.Load(LlamaBase);
        using PeftModel peft = new(model);
        return Assert.Throws<PeftException>(() => peft.LoadAdapter(adapter)).Message;
    }

    private string Copy(string family, string name, Action<JsonObject> change)
    {
        string copy = Path.Combine(_folder, "copy");
        Directory.CreateDirectory(copy);
        foreach (string file in (string[])["adapter_config.json", "adapter_model.safetensors"])
            File.Copy(Fixtures.PathOf("hf_peft", family, name, file), Path.Combine(copy, file));
        JsonObject config = Config(copy);
        change(config);
        File.WriteAllText(Path.Combine(copy, "adapter_config.json"), config.ToJsonString());
        return copy;
    }
}
