using System.Text.Json;
using PeftSharp.IO;

namespace PeftSharp.Generation.Settings;

/// <summary>
/// Keys of <c>GenerationConfig</c> without a meaning here: some change the text and are refused unless they are off, some
/// only say how transformers computes or what it hands back and are passed over.
/// </summary>
internal static class OtherKeys
{
    /// <summary>Keys that would change the text, with their values that change nothing; null never does.</summary>
    private static readonly Dictionary<string, Func<JsonElement, bool>> _refused = new()
    {
        // Not in transformers 5 either, which loads code from the hub for them.
        ["penalty_alpha"] = IsNumber(0),
        ["dola_layers"] = _ => false,
        ["num_beam_groups"] = IsNumber(1),
        ["diversity_penalty"] = IsNumber(0),
        ["constraints"] = IsEmpty,
        ["force_words_ids"] = IsEmpty,
        ["forced_decoder_ids"] = IsEmpty,
        ["custom_generate"] = _ => false,
        ["guidance_scale"] = IsNumber(1),
        ["watermarking_config"] = IsEmpty,
        ["token_healing"] = value => value.ValueKind == JsonValueKind.False,
    };

    /// <summary>Keys that change no text of a decoder.</summary>
    private static readonly HashSet<string> _withoutEffect =
    [
        "use_cache", "cache_implementation", "cache_config", "return_legacy_cache", "low_memory", "prefill_chunk_size",
        "compile_config", "disable_compile", "continuous_batching_config", "is_assistant", "num_assistant_tokens",
        "num_assistant_tokens_schedule", "assistant_confidence_threshold", "prompt_lookup_num_tokens", "max_matching_ngram_size",
        "assistant_early_exit", "assistant_lookbehind", "target_lookbehind", "output_attentions",
        "output_hidden_states", "output_scores", "output_logits", "return_dict_in_generate", "generation_kwargs",
        "transformers_version", "_from_model_config", "_commit_hash", "_original_object_hash",
    ];

    /// <summary>Refuses settings that would change the text.</summary>
    /// <exception cref="PeftException">There is one; names it.</exception>
    public static void RefuseIn(JsonSettings settings)
    {
        foreach ((string key, Func<JsonElement, bool> isOff) in _refused)
            if (settings.Raw(key) is { } value && !isOff(value))
                throw new PeftException(
                    $"{settings.Source}: '{key}' is {value.GetRawText()}, which PeftSharp does not do: its texts would be others. Take the key out to generate without it.");
    }

    /// <summary>Keys that neither transformers nor PeftSharp knows.</summary>
    public static IReadOnlyList<string> UnknownIn(JsonSettings settings) =>
        [.. settings.UnreadKeys.Where(key => !_withoutEffect.Contains(key))];

    private static Func<JsonElement, bool> IsNumber(double off) => value => value.ValueKind == JsonValueKind.Number && value.GetDouble() == off;

    private static bool IsEmpty(JsonElement value) =>
        value.ValueKind == JsonValueKind.Array ? value.GetArrayLength() == 0 : value.ValueKind == JsonValueKind.Object && !value.EnumerateObject().Any();
}
