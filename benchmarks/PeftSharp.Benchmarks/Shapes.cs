namespace PeftSharp.Benchmarks;

/// <summary>The shapes of published models, by name.</summary>
internal static class Shapes
{
    /// <summary>What is measured where nothing else is said.</summary>
    public const string Default = "smollm2-135m";

    private static readonly Dictionary<string, string> _byName = new(StringComparer.Ordinal)
    {
        [Default] = """
            {
              "model_type": "llama", "architectures": ["LlamaForCausalLM"], "hidden_size": 576, "intermediate_size": 1536,
              "num_hidden_layers": 30, "num_attention_heads": 9, "num_key_value_heads": 3, "vocab_size": 49152,
              "max_position_embeddings": 8192, "rms_norm_eps": 1e-5, "rope_theta": 100000, "tie_word_embeddings": true
            }
            """,
        ["gpt2"] = """{ "model_type": "gpt2", "architectures": ["GPT2LMHeadModel"], "embd_pdrop": 0, "attn_pdrop": 0, "resid_pdrop": 0 }""",
        ["qwen2.5-0.5b"] = """
            {
              "model_type": "qwen2", "architectures": ["Qwen2ForCausalLM"], "hidden_size": 896, "intermediate_size": 4864,
              "num_hidden_layers": 24, "num_attention_heads": 14, "num_key_value_heads": 2, "vocab_size": 151936,
              "max_position_embeddings": 32768, "rope_theta": 1000000, "tie_word_embeddings": true
            }
            """,
    };

    /// <summary>The names.</summary>
    public static IEnumerable<string> Names => _byName.Keys;

    /// <summary>The config of a name.</summary>
    public static string Of(string name) =>
        _byName.TryGetValue(name, out string? shape) ? shape : throw new ArgumentException($"--model {name}: it is one of {string.Join(", ", Names)}.");
}
