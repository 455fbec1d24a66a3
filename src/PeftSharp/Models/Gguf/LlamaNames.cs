using System.Globalization;

namespace PeftSharp.Models.Gguf;

/// <summary>What llama.cpp calls the tensors of a LLaMA model, and what Hugging Face does.</summary>
internal static class LlamaNames
{
    private static readonly (string HuggingFace, string Gguf)[] _outside =
    [
        ("model.embed_tokens", "token_embd"),
        ("model.norm", "output_norm"),
        ("lm_head", "output"),
    ];

    private static readonly (string HuggingFace, string Gguf)[] _inLayers =
    [
        ("input_layernorm", "attn_norm"),
        ("self_attn.q_proj", "attn_q"),
        ("self_attn.k_proj", "attn_k"),
        ("self_attn.v_proj", "attn_v"),
        ("self_attn.o_proj", "attn_output"),
        ("post_attention_layernorm", "ffn_norm"),
        ("mlp.gate_proj", "ffn_gate"),
        ("mlp.up_proj", "ffn_up"),
        ("mlp.down_proj", "ffn_down"),
    ];

    /// <summary>The modules of a layer, in the order of the model.</summary>
    public static IEnumerable<string> LayerModules => _inLayers.Select(pair => pair.HuggingFace);

    /// <summary>llama.cpp's name for a module or one of its parameters (<c>.weight</c>, <c>.bias</c>); null for what it has not.</summary>
    public static string? ToGguf(string name)
    {
        (string module, string suffix) = Split(name);
        if (module.StartsWith("model.layers.", StringComparison.Ordinal) && module["model.layers.".Length..].Split('.', 2) is [string layer, string rest])
            return Find(_inLayers, pair => pair.HuggingFace == rest) is { } inLayer && IsNumber(layer) ? $"blk.{layer}.{inLayer.Gguf}{suffix}" : null;
        return Find(_outside, pair => pair.HuggingFace == module) is { } outside ? outside.Gguf + suffix : null;
    }

    /// <summary>Hugging Face's name for a tensor of a GGUF file; null for what it has not.</summary>
    public static string? ToHuggingFace(string name)
    {
        (string module, string suffix) = Split(name);
        if (module.StartsWith("blk.", StringComparison.Ordinal) && module["blk.".Length..].Split('.', 2) is [string layer, string rest])
            return Find(_inLayers, pair => pair.Gguf == rest) is { } inLayer && IsNumber(layer) ? $"model.layers.{layer}.{inLayer.HuggingFace}{suffix}" : null;
        return Find(_outside, pair => pair.Gguf == module) is { } outside ? outside.HuggingFace + suffix : null;
    }

    private static (string Module, string Suffix) Split(string name)
    {
        foreach (string suffix in (ReadOnlySpan<string>)[".weight", ".bias"])
            if (name.EndsWith(suffix, StringComparison.Ordinal))
                return (name[..^suffix.Length], suffix);
        return (name, "");
    }

    private static (string HuggingFace, string Gguf)? Find((string HuggingFace, string Gguf)[] pairs, Predicate<(string HuggingFace, string Gguf)> fits) =>
        Array.FindIndex(pairs, fits) is var index and >= 0 ? pairs[index] : null;

    private static bool IsNumber(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number.ToString(CultureInfo.InvariantCulture) == text;
}
