using PeftSharp.Tensors;
using PeftSharp.Tensors.Native;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Generation;

/// <summary>
/// The random LLaMA of <c>generation/genref.json</c>: what transformers draws for it after <c>torch.manual_seed(1)</c>, once
/// while the modules are made (PyTorch's own values) and once when they are initialised.
/// </summary>
internal static class ReferenceLlama
{
    private const int Vocabulary = 49152, Hidden = 32, Inner = 64;

    private const string Config = """
        {
          "model_type": "llama", "architectures": ["LlamaForCausalLM"], "vocab_size": 49152, "hidden_size": 32, "num_hidden_layers": 2,
          "num_attention_heads": 4, "num_key_value_heads": 2, "intermediate_size": 64, "max_position_embeddings": 128, "rms_norm_eps": 1e-6,
          "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 2, "tie_word_embeddings": false
        }
        """;

    private static readonly (string Name, int Out, int In)[] _linears =
    [
        ("self_attn.q_proj", 32, Hidden), ("self_attn.k_proj", 16, Hidden), ("self_attn.v_proj", 16, Hidden), ("self_attn.o_proj", Hidden, 32),
        ("mlp.gate_proj", Inner, Hidden), ("mlp.up_proj", Inner, Hidden), ("mlp.down_proj", Hidden, Inner),
    ];

    /// <summary>Writes <c>config.json</c> and the weights.</summary>
    public static void Write(string folder)
    {
        NativeLoader.EnsureLoaded();
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using Generator random = new(1);
        Dictionary<string, Tensor> weights = [];
        Body((rows, columns) => empty(rows, columns).normal_(0, 1, random), (rows, columns) => Uniform(rows, columns));
        Body(Normal, Normal);
        Uniform(Vocabulary, Hidden);
        weights["lm_head.weight"] = Normal(Vocabulary, Hidden);
        // The padding token's row is 0.
        using (Tensor padding = weights["model.embed_tokens.weight"].select(0, 2))
            padding.zero_();
        weights["model.norm.weight"] = ones(Hidden);
        for (int layer = 0; layer < 2; layer++)
            foreach (string norm in new[] { "input_layernorm", "post_attention_layernorm" })
                weights[$"model.layers.{layer}.{norm}.weight"] = ones(Hidden);
        File.WriteAllText(Path.Combine(folder, "config.json"), Config);
        SafetensorsWriter.Write(Path.Combine(folder, "model.safetensors"), weights.Select(pair => (pair.Key, pair.Value)));

        void Body(Func<int, int, Tensor> embedding, Func<int, int, Tensor> linear)
        {
            weights["model.embed_tokens.weight"] = embedding(Vocabulary, Hidden);
            for (int layer = 0; layer < 2; layer++)
                foreach ((string name, int rows, int columns) in _linears)
                    weights[$"model.layers.{layer}.{name}.weight"] = linear(rows, columns);
        }

        Tensor Normal(int rows, int columns) => empty(rows, columns).normal_(0, 0.6, random);

        Tensor Uniform(int rows, int columns)
        {
            double bound = 1 / Math.Sqrt(columns);
            return empty(rows, columns).uniform_(-bound, bound, random);
        }
    }
}
