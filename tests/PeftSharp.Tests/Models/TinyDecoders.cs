using PeftSharp.Models;
using PeftSharp.Models.Families;

namespace PeftSharp.Tests.Models;

/// <summary>A small config of each decoder family, without dropout and with what sets the family apart in it.</summary>
internal static class TinyDecoders
{
    private const string LlamaLike = """
        "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
        "classifier_dropout": 0
        """;

    private static readonly Dictionary<string, string> _settings = new(StringComparer.Ordinal)
    {
        ["gemma"] = $"""{LlamaLike}, "head_dim": 16""",
        ["gemma2"] = $"""{LlamaLike}, "head_dim": 16, "query_pre_attn_scalar": 24, "sliding_window": 3, "attn_logit_softcapping": 5.0, "final_logit_softcapping": 6.0""",
        ["gpt2"] = """
            "n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 48, "scale_attn_by_inverse_layer_idx": true, "embd_pdrop": 0, "attn_pdrop": 0,
            "resid_pdrop": 0, "classifier_dropout": 0
            """,
        ["gpt_neo"] = """
            "hidden_size": 32, "num_layers": 2, "num_heads": 4, "max_position_embeddings": 48, "attention_types": [[["global", "local"], 1]],
            "window_size": 3, "classifier_dropout": 0
            """,
        ["gpt_neox"] = """
            "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4, "rotary_pct": 0.5, "classifier_dropout": 0
            """,
        ["llama"] = LlamaLike,
        ["mistral"] = $"""{LlamaLike}, "max_position_embeddings": 64, "sliding_window": 4""",
        ["olmo2"] = LlamaLike,
        ["opt"] = """
            "hidden_size": 32, "ffn_dim": 48, "num_hidden_layers": 2, "num_attention_heads": 4, "max_position_embeddings": 48,
            "word_embed_proj_dim": 24, "do_layer_norm_before": false, "dropout": 0
            """,
        ["phi3"] = $"""{LlamaLike}, "partial_rotary_factor": 0.5, "pad_token_id": 0, "sliding_window": 5""",
        ["qwen2"] = $"""{LlamaLike}, "use_sliding_window": true, "sliding_window": 4, "max_window_layers": 1""",
        ["qwen3"] = $"""{LlamaLike}, "head_dim": 16, "attention_bias": true""",
        ["smollm3"] = $"""{LlamaLike}, "no_rope_layer_interval": 2""",
    };

    /// <summary>The families.</summary>
    public static IEnumerable<string> Names => _settings.Keys;

    /// <summary>The tasks of a family.</summary>
    public static IEnumerable<TaskType> Tasks(string family) => ModelFamilies.OfType(family).Architectures.Keys;

    /// <summary>The settings of a family, without braces and vocabulary.</summary>
    public static string Settings(string family) => $"\"model_type\": \"{family}\", {_settings[family]}";
}
