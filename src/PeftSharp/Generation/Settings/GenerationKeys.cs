using PeftSharp.IO;

namespace PeftSharp.Generation.Settings;

/// <summary>The keys of <c>generation_config.json</c> that have a meaning here, with transformers' order in help.</summary>
public static class GenerationKeys
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<GenerationKey> All { get; } =
    [
        new("max_new_tokens", "N", "most tokens to add (default: 256)", (o, s) => o with { MaxNewTokens = s.Size("max_new_tokens") }),
        new("max_length", "N", "most tokens of prompt and text together; max_new_tokens counts instead where both are in a file", (o, s) => o with { MaxLength = s.Size("max_length") }),
        new("min_new_tokens", "N", "no end before so many new tokens (default: 0)", (o, s) => o with { MinNewTokens = s.Whole("min_new_tokens", 0, 0) }),
        new("min_length", "N", "no end before prompt and text have so many tokens (default: 0)", (o, s) => o with { MinLength = s.Whole("min_length", 0, 0) }),
        new("max_time", "SECONDS", "begin no further token after so long", (o, s) => o with { MaxTime = s.Number("max_time") }),
        new("do_sample", "true|false", "draw at random instead of taking the likeliest token (default: false)", (o, s) => o with { DoSample = s.Flag("do_sample", false) }) { IsSwitch = true },
        new("temperature", "X", "what logits are divided by before drawing (default: 1)", (o, s) => o with { Temperature = s.Number("temperature") }) { IsOfDrawing = true },
        new("top_k", "N", "draw among so many likeliest tokens; 0 for all (default: 50)", (o, s) => o with { TopK = s.Whole("top_k", 0, int.MinValue) }) { IsOfDrawing = true },
        new("top_p", "X", "draw among the fewest tokens that make up this probability (default: 1)", (o, s) => o with { TopP = s.Number("top_p") }) { IsOfDrawing = true },
        new("min_p", "X", "leave out tokens less likely than this share of the likeliest (default: 0)", (o, s) => o with { MinP = s.Number("min_p") }) { IsOfDrawing = true },
        new("top_h", "X", "draw among the likeliest tokens that make up this share of the entropy", (o, s) => o with { TopH = s.Number("top_h") }) { IsOfDrawing = true },
        new("typical_p", "X", "draw among the most typical tokens that make up this probability (default: 1)", (o, s) => o with { TypicalP = s.Number("typical_p") }) { IsOfDrawing = true },
        new("epsilon_cutoff", "X", "leave out tokens less likely than this (default: 0)", (o, s) => o with { EpsilonCutoff = s.Number("epsilon_cutoff") }) { IsOfDrawing = true },
        new("eta_cutoff", "X", "as epsilon_cutoff, and less where the choice is wide (default: 0)", (o, s) => o with { EtaCutoff = s.Number("eta_cutoff") }) { IsOfDrawing = true },
        new("repetition_penalty", "X", "above 1: make tokens that came before less likely (default: 1)", (o, s) => o with { RepetitionPenalty = s.Number("repetition_penalty") }),
        new("encoder_repetition_penalty", "X", "above 1: make the prompt's tokens likelier (default: 1)", (o, s) => o with { EncoderRepetitionPenalty = s.Number("encoder_repetition_penalty") }),
        new("no_repeat_ngram_size", "N", "so many tokens in a row never come twice (default: 0, no rule)", (o, s) => o with { NoRepeatNgramSize = s.Whole("no_repeat_ngram_size", 0, 0) }),
        new("encoder_no_repeat_ngram_size", "N", "so many tokens in a row of the prompt never come again (default: 0, no rule)", (o, s) => o with { EncoderNoRepeatNgramSize = s.Whole("encoder_no_repeat_ngram_size", 0, 0) }),
        new("bad_words_ids", "[[ID,…],…]", "sequences of tokens that never come", (o, s) => o with { BadWordsIds = GenerationValues.Sequences(s, "bad_words_ids") }) { IsList = true },
        new("sequence_bias", "[[[ID,…],X],…]", "sequences of tokens, each with what is added to its score", (o, s) => o with { SequenceBias = GenerationValues.Biases(s, "sequence_bias") }) { IsList = true },
        new("suppress_tokens", "ID,…", "tokens that never come", (o, s) => o with { SuppressTokens = s.Integers("suppress_tokens")! }) { IsList = true },
        new("begin_suppress_tokens", "ID,…", "tokens that do not come first", (o, s) => o with { BeginSuppressTokens = s.Integers("begin_suppress_tokens")! }) { IsList = true },
        new("forced_bos_token_id", "ID", "the token behind a prompt of one token", (o, s) => o with { ForcedBosTokenId = GenerationValues.Id(s, "forced_bos_token_id") }),
        new("forced_eos_token_id", "ID,…", "the token that comes last where the greatest length is reached", (o, s) => o with { ForcedEosTokenIds = s.Integers("forced_eos_token_id")! }) { IsList = true },
        new("exponential_decay_length_penalty", "N,X", "behind N new tokens, make end tokens likelier by the factor X with each", (o, s) => o with { ExponentialDecayLengthPenalty = GenerationValues.Decay(s, "exponential_decay_length_penalty") }) { IsList = true },
        new("renormalize_logits", "true|false", "of beams: make scores log-probabilities again once they were changed (default: false)", (o, s) => o with { RenormalizeLogits = s.Flag("renormalize_logits", false) }) { IsSwitch = true },
        new("remove_invalid_values", "true|false", "go on where logits are no numbers, as if they were 0 (default: false)", (o, s) => o with { RemoveInvalidValues = s.Flag("remove_invalid_values", false) }) { IsSwitch = true },
        new("num_beams", "N", "follow so many texts at once; the text comes at the end (default: 1)", (o, s) => o with { NumBeams = s.Size("num_beams") }),
        new("length_penalty", "X", "of beams: above 0 favours long texts (default: 1)", (o, s) => o with { LengthPenalty = s.Number("length_penalty") }) { IsOfBeams = true },
        new("early_stopping", "true|false|never", "of beams: when to give up on better texts (default: false)", (o, s) => o with { EarlyStopping = GenerationValues.Stopping(s, "early_stopping") }) { IsOfBeams = true },
        new("num_return_sequences", "N", "texts of each prompt: drawn, or the best beams (default: 1)", (o, s) => o with { NumReturnSequences = s.Size("num_return_sequences") }),
        new("stop_strings", "TEXT", "a text that ends the generation; may be given several times", (o, s) => o with { StopStrings = GenerationValues.Texts(s, "stop_strings") }) { IsText = true },
        // −1 is how older files say "none".
        new("eos_token_id", "ID,…", "tokens that end a text (default: the model's)", (o, s) => o with { EosTokenIds = [.. s.Integers("eos_token_id")!.Where(id => id >= 0)] }) { IsList = true },
        new("pad_token_id", "ID", "the token fed for texts that have ended (default: the model's)", (o, s) => o with { PadTokenId = GenerationValues.Id(s, "pad_token_id") }),
        new("bos_token_id", "ID", "the token that an empty prompt begins with (default: the model's)", (o, s) => o with { BosTokenId = GenerationValues.Id(s, "bos_token_id") }),
        new("decoder_start_token_id", "ID", "the token that an encoder-decoder's text begins with (default: the model's)", (o, s) => o with { DecoderStartTokenId = GenerationValues.Id(s, "decoder_start_token_id") }),
    ];

    /// <summary>The end, padding and first tokens that a model's <c>config.json</c> names, and nothing else of it.</summary>
    internal static GenerationOptions ReadTokens(JsonSettings config) => All
        .Where(key => key.Name is "eos_token_id" or "pad_token_id" or "bos_token_id" or "decoder_start_token_id" && config.Has(key.Name))
        .Aggregate(new GenerationOptions(), (read, key) => key.Read(read, config));

    /// <summary>The options with every key of these settings that has a value over them; looks at no others.</summary>
    /// <exception cref="PeftException">A value is of the wrong kind; says file and key.</exception>
    public static GenerationOptions Read(JsonSettings settings, GenerationOptions options)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(options);
        return All.Where(key => settings.Has(key.Name)).Aggregate(options, (read, key) => key.Read(read, settings));
    }
}
