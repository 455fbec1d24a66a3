namespace PeftSharp.Generation;

/// <summary>Tokens that options ask for, or change, must be ones that the model has.</summary>
internal static class VocabularyCheck
{
    /// <summary>Checks the options for a model with so many tokens. Tokens that merely never come (end tokens, suppressed ones) may be others.</summary>
    /// <exception cref="PeftException">A token is not in the vocabulary.</exception>
    public static void Of(GenerationOptions options, int vocabulary)
    {
        Require("forced_bos_token_id", options.ForcedBosTokenId is { } first ? [first] : []);
        Require("decoder_start_token_id", options.DecoderStartTokenId is { } start ? [start] : []);
        Require("forced_eos_token_id", options.ForcedEosTokenIds);
        Require("bad_words_ids", options.BadWordsIds.SelectMany(word => word));
        Require("sequence_bias", options.SequenceBias.SelectMany(biased => biased.TokenIds));

        void Require(string name, IEnumerable<int> ids)
        {
            foreach (int id in ids)
                if (id >= vocabulary)
                    throw new PeftException($"{name} has the token {id} and the model's vocabulary only {vocabulary} tokens.");
        }
    }
}
