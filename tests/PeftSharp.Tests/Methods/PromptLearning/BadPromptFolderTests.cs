using System.Text.Json.Nodes;
using PeftSharp.Adapters;
using PeftSharp.Models;
using PeftSharp.Tensors;
using PeftSharp.Testing;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Methods.PromptLearning;

/// <summary>A saved prompt that does not fit is refused with one error that names what is wrong.</summary>
public sealed class BadPromptFolderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("peftsharp-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("prefix", "num_virtual_tokens", "0", "num_virtual_tokens")]
    [InlineData("prefix", "num_virtual_tokens", "-1", "num_virtual_tokens")]
    [InlineData("prefix", "num_virtual_tokens", "2000000000", "positions")]
    [InlineData("prefix", "num_virtual_tokens", "null", "num_virtual_tokens")]
    [InlineData("prefix", "num_virtual_tokens", "\"many\"", "num_virtual_tokens")]
    [InlineData("prefix", "num_virtual_tokens", "7", "prompt_embeddings")]
    [InlineData("prefix", "token_dim", "33", "token_dim")]
    [InlineData("prefix", "num_layers", "3", "num_layers")]
    [InlineData("prefix", "num_attention_heads", "7", "num_attention_heads")]
    [InlineData("prefix", "num_transformer_submodules", "2", "encoder-decoder")]
    [InlineData("prefix", "init_weights", "\"ones\"", "init_weights")]
    [InlineData("prefix_projection", "encoder_hidden_size", "0", "encoder_hidden_size")]
    [InlineData("prompt", "prompt_tuning_init", "\"GUESS\"", "SAMPLE_VOCAB")]
    [InlineData("prompt", "token_dim", "8", "token_dim")]
    [InlineData("p_tuning", "encoder_reparameterization_type", "\"GRU\"", "LSTM")]
    [InlineData("p_tuning", "encoder_dropout", "1", "encoder_dropout")]
    [InlineData("p_tuning", "encoder_num_layers", "0", "encoder_num_layers")]
    [InlineData("prompt", "peft_type", "\"PREFIX_TUNING\"", "token_dim")]
    public void Load_OfWrongSetting_NamesIt(string name, string key, string value, string named)
    {
        JsonObject config = JsonNode.Parse(File.ReadAllText(Fixtures.PathOf("hf_peft", "llama", name, "adapter_config.json")))!.AsObject();
        config[key] = JsonNode.Parse(value);
        File.WriteAllText(Path.Combine(_folder, "adapter_config.json"), config.ToJsonString());
        File.Copy(Fixtures.PathOf("hf_peft", "llama", name, "adapter_model.safetensors"), Path.Combine(_folder, "adapter_model.safetensors"));
        Assert.Contains(named, Refused("llama"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("prefix")]
    [InlineData("prompt")]
    [InlineData("p_tuning")]
    public void Load_OfMissingExtraOrMisshapenTensors_NamesThem(string name)
    {
        File.Copy(Fixtures.PathOf("hf_peft", "bert", name, "adapter_config.json"), Path.Combine(_folder, "adapter_config.json"));
        using var scope = NewDisposeScope();
        using SafetensorsFile file = SafetensorsFile.Open(Fixtures.PathOf("hf_peft", "bert", name, "adapter_model.safetensors"));
        Dictionary<string, Tensor> whole = file.Names.ToDictionary(key => key, file.Load);
        string With(Action<Dictionary<string, Tensor>> change)
        {
            Dictionary<string, Tensor> tensors = new(whole);
            change(tensors);
            SafetensorsWriter.Write(Path.Combine(_folder, "adapter_model.safetensors"), [.. tensors.Select(pair => (pair.Key, pair.Value))]);
            return Refused("bert");
        }
        Assert.Contains("1 missing (prompt_embeddings)", With(tensors => tensors.Remove("prompt_embeddings")), StringComparison.Ordinal);
        Assert.Contains("1 missing (base_model.classifier.weight)", With(tensors => tensors.Remove("base_model.classifier.weight")), StringComparison.Ordinal);
        Assert.Contains("1 unexpected (prefix_task_cols)", With(tensors => tensors["prefix_task_cols"] = zeros(2)), StringComparison.Ordinal);
        Assert.Contains("'prompt_embeddings' is [3, 5]", With(tensors => tensors["prompt_embeddings"] = zeros(3, 5)), StringComparison.Ordinal);
    }

    [Fact]
    public void Load_OfAnotherFamily_IsRefused()
    {
        foreach (string file in (string[])["adapter_config.json", "adapter_model.safetensors"])
            File.Copy(Fixtures.PathOf("hf_peft", "llama", "prefix", file), Path.Combine(_folder, file));
        Assert.Contains("another base", Refused("bert"), StringComparison.Ordinal);
    }

    private string Refused(string family)
    {
        using BaseModel model = BaseModel.Load(Fixtures.PathOf("hf_peft", family, "base"));
        using PeftModel peft = new(model);
        return Assert.Throws<PeftException>(() => peft.LoadAdapter(_folder)).Message;
    }
}
