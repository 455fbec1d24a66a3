using PeftSharp.Models;
using Xunit;

namespace PeftSharp.Tests.Methods;

/// <summary>Settings that cannot be used: one error that says which and what to do.</summary>
public sealed class BadSettingsTests
{
    [Theory]
    [InlineData("""{"peft_type": "IA3", "target_modules": ["embed_tokens"]}""", "embed_tokens", "an embedding", "IA3 adapts linear layers only")]
    [InlineData("""{"peft_type": "VERA", "target_modules": ["norm"]}""", "norm", "a normalisation layer", "modules_to_save")]
    [InlineData("""{"peft_type": "LN_TUNING", "target_modules": ["q_proj"]}""", "q_proj", "a linear layer", "LN_TUNING")]
    [InlineData("""{"peft_type": "LOHA", "target_modules": ["q_pro"]}""", "q_pro", "q_proj")]
    [InlineData("""{"peft_type": "IA3", "target_modules": ["v_proj"], "feedforward_modules": ["down_proj"]}""", "down_proj", "target_modules")]
    [InlineData("""{"peft_type": "VERA", "r": 0}""", "'r'", "above 0")]
    [InlineData("""{"peft_type": "VERA", "projection_prng_key": 1.5}""", "projection_prng_key", "whole")]
    [InlineData("""{"peft_type": "VERA", "bias": "lora_only"}""", "bias", "vera_only")]
    [InlineData("""{"peft_type": "LOHA", "r": -3}""", "'r'", "above 0")]
    [InlineData("""{"peft_type": "LOHA", "rank_pattern": {"q_proj": 0}}""", "rank_pattern", "at least 1")]
    [InlineData("""{"peft_type": "LOKR", "module_dropout": 1}""", "module_dropout")]
    [InlineData("""{"peft_type": "LOKR", "decompose_factor": 0}""", "decompose_factor", "-1")]
    [InlineData("""{"peft_type": "LOKR", "init_weights": "kohaku"}""", "init_weights", "lycoris")]
    [InlineData("""{"peft_type": "OFT", "oft_block_size": 7}""", "oft_block_size 7", "32 inputs", "nearest that does is 8")]
    [InlineData("""{"peft_type": "OFT", "oft_block_size": 0, "r": 5}""", "r 5", "nearest that does is 4")]
    [InlineData("""{"peft_type": "OFT", "oft_block_size": 8, "r": 4}""", "either")]
    [InlineData("""{"peft_type": "OFT", "oft_block_size": 1}""", "blocks of at least 2")]
    [InlineData("""{"peft_type": "OFT", "coft": true, "eps": 0}""", "eps")]
    [InlineData("""{"peft_type": "BOFT", "boft_block_size": 5}""", "boft_block_size 5", "32 inputs")]
    [InlineData("""{"peft_type": "BOFT", "boft_block_size": 0}""", "boft_block_num")]
    [InlineData("""{"peft_type": "BOFT", "boft_block_size": 4, "boft_n_butterfly_factor": 5}""", "boft_n_butterfly_factor 5", "64")]
    [InlineData("""{"peft_type": "BOFT", "boft_n_butterfly_factor": 0}""", "boft_n_butterfly_factor", "at least 1")]
    [InlineData("""{"peft_type": "ADALORA", "init_r": 4, "target_r": 8}""", "init_r is 4", "target_r 8")]
    [InlineData("""{"peft_type": "ADALORA", "tinit": 60, "tfinal": 50, "total_step": 100}""", "tinit 60", "tfinal 50", "100 steps")]
    [InlineData("""{"peft_type": "ADALORA", "use_dora": true}""", "use_dora", "LORA")]
    [InlineData("""{"peft_type": "ADALORA", "rank_pattern": {"x.lora_E": [1, 0]}}""", "rank_pattern", "true and false")]
    [InlineData("""{"peft_type": "ADALORA", "rank_pattern": {"x.lora_E": [true, false]}}""", "rank_pattern has no", "q_proj")]
    [InlineData("""{"peft_type": "ADALORA", "beta1": 1}""", "beta1")]
    [InlineData("""{"peft_type": "LOHA", "layers_pattern": "layers"}""", "layers_to_transform")]
    [InlineData("""{"peft_type": "LOHA", "layers_to_transform": [0], "target_modules": ".*q_proj"}""", "regular expression")]
    [InlineData("""{"peft_type": "LOHA", "layers_to_transform": [9]}""", "selects no module")]
    [InlineData("""{"peft_type": "MISS", "r": 7, "init_weights": "bat"}""", "r 7", "common divisor")]
    [InlineData("""{"peft_type": "MISS", "r": 8, "init_weights": "mini", "mini_r": 5}""", "mini_r 5", "32 outputs")]
    [InlineData("""{"peft_type": "MISS", "init_weights": "small"}""", "init_weights", "mini")]
    [InlineData("""{"peft_type": "LOCON"}""", "LOCON", "LOHA")]
    public void AddAdapter_OfUnusableSettings_SaysWhatToChange(string settings, params string[] words)
    {
        using BaseModel model = MethodVariants.Load("llama");
        using PeftModel peft = new(model);
        PeftException error = Assert.Throws<PeftException>(() => peft.AddAdapter(MethodVariants.Read(settings)));
        foreach (string word in words)
            Assert.Contains(word, error.Message, StringComparison.Ordinal);
        Assert.Empty(peft.Adapters);
    }
}
