using System.Text.Json.Nodes;
using PeftSharp.Adapters;
using PeftSharp.IO;
using PeftSharp.Methods;
using PeftSharp.Models;
using PeftSharp.Testing;
using Xunit;

namespace PeftSharp.Tests.Methods;

/// <summary>Settings of the methods for linear layers and norms, as a configuration file gives them, each with random start values.</summary>
internal static class MethodVariants
{
    private static readonly string[] _linear =
    [
        """{"peft_type": "IA3", "init_ia3_weights": false}""",
        """{"peft_type": "IA3", "init_ia3_weights": false, "target_modules": "all-linear", "feedforward_modules": []}""",
        """{"peft_type": "VERA", "r": 6, "init_weights": false, "vera_dropout": 0.2}""",
        """{"peft_type": "VERA", "r": 6, "init_weights": false, "target_modules": "all-linear", "save_projection": false, "bias": "vera_only"}""",
        """{"peft_type": "LOHA", "r": 3, "init_weights": false, "rank_dropout": 0.2, "module_dropout": 0.2}""",
        """{"peft_type": "LOHA", "r": 3, "init_weights": false, "target_modules": "all-linear", "rank_pattern": {"VALUE": 2}, "alpha_pattern": {"VALUE": 5}}""",
        """{"peft_type": "LOKR", "r": 2, "init_weights": false, "rank_dropout": 0.2, "rank_dropout_scale": true}""",
        """{"peft_type": "LOKR", "r": 1, "init_weights": false, "target_modules": "all-linear", "decompose_both": true, "decompose_factor": 8}""",
        """{"peft_type": "LOKR", "r": 30, "init_weights": false, "module_dropout": 0.2}""",
        """{"peft_type": "OFT", "oft_block_size": 8, "init_weights": false, "module_dropout": 0.5}""",
        """{"peft_type": "OFT", "oft_block_size": 0, "r": 4, "init_weights": false, "target_modules": "all-linear", "use_cayley_neumann": false, "bias": "all"}""",
        """{"peft_type": "OFT", "oft_block_size": 4, "init_weights": false, "block_share": true, "num_cayley_neumann_terms": 2}""",
        """{"peft_type": "OFT", "oft_block_size": 4, "init_weights": false, "coft": true, "eps": 0.4, "num_cayley_neumann_terms": 7}""",
        """{"peft_type": "BOFT", "boft_block_size": 4, "init_weights": false, "boft_dropout": 0.4}""",
        """{"peft_type": "BOFT", "boft_block_size": 4, "boft_n_butterfly_factor": 3, "init_weights": false, "target_modules": "all-linear", "boft_dropout": 0.4}""",
        """{"peft_type": "BOFT", "boft_block_size": 0, "boft_block_num": 4, "init_weights": false, "bias": "boft_only"}""",
        """{"peft_type": "ADALORA", "init_r": 4, "target_r": 2, "init_lora_weights": false, "lora_dropout": 0.2}""",
        """{"peft_type": "ADALORA", "init_r": 4, "target_r": 2, "init_lora_weights": false, "target_modules": "all-linear", "layers_to_transform": [1]}""",
        """{"peft_type": "LN_TUNING"}""",
        """{"peft_type": "MISS", "r": 8, "init_weights": false, "miss_dropout": 0.2}""",
        """{"peft_type": "MISS", "r": 5, "init_weights": false, "target_modules": "all-linear", "bias": "MiSS_only"}""",
        """{"peft_type": "MISS", "r": 6, "init_weights": "mini", "mini_r": 4}""",
        """{"peft_type": "MISS", "r": 8, "init_weights": "bat"}""",
    ];

    public static TheoryData<string, string> OnSomeFamilies
    {
        get
        {
            TheoryData<string, string> data = [];
            foreach (string variant in _linear)
                foreach ((string family, string value) in ((string, string)[])[("bert", "value"), ("distilbert", "v_lin"), ("deberta_v2", "value_proj"), ("llama", "v_proj")])
                    data.Add(family, variant.Replace("VALUE", value, StringComparison.Ordinal));
            return data;
        }
    }

    public static PeftOptions Read(string json) => PeftMethods.Read(JsonSettings.Parse(json, "test"));

    /// <summary>The variant without its random start values.</summary>
    public static PeftOptions AsUsual(string json)
    {
        JsonObject settings = JsonNode.Parse(json)!.AsObject();
        foreach (string key in (string[])["init_weights", "init_ia3_weights", "init_lora_weights"])
            if (settings[key] is JsonValue value && value.TryGetValue(out bool _))
                settings.Remove(key);
        return Read(settings.ToJsonString());
    }

    public static BaseModel Load(string family, TorchSharp.torch.ScalarType dtype = TorchSharp.torch.ScalarType.Float32) => BaseModel.Load(
        Fixtures.PathOf("hf_peft", family, "base"),
        new BaseModelOptions { Dtype = dtype, Task = family == "llama" ? TaskType.CausalLanguageModel : TaskType.SequenceClassification });

    public static ModelInput Input(BaseModel model) =>
        new() { InputIds = new RandomTensors(seed: 3).Integers(1, model.VocabularySize, 3, 8) };
}
