using System.Globalization;

namespace PeftSharp.Generation;

/// <summary>How tokens are chosen and when to stop: Hugging Face's <c>GenerationConfig</c>, with its names and defaults.</summary>
/// <example><code>
/// GenerationOptions careful = new() { MaxNewTokens = 64 };                       // greedy
/// GenerationOptions lively = new() { DoSample = true, Temperature = 0.7, TopP = 0.9, Seed = 42 };
/// GenerationOptions beams = new() { NumBeams = 3, LengthPenalty = 1.2 };
/// </code></example>
public sealed record GenerationOptions
{
    private const int DefaultNewTokens = 256;

    /// <summary>
    /// The most tokens to add to the prompt (<c>max_new_tokens</c>); 256 as in HF's text-generation pipeline where neither it
    /// nor <see cref="MaxLength"/> is set.
    /// </summary>
    public int MaxNewTokens
    {
        get => GivenNewTokens ?? DefaultNewTokens;
        init => GivenNewTokens = value;
    }

    /// <summary>The most tokens of prompt and text together (<c>max_length</c>); <see cref="MaxNewTokens"/>, where it is set, counts instead.</summary>
    public int? MaxLength { get; init; }

    /// <summary>No end token before prompt and text together have so many tokens (<c>min_length</c>).</summary>
    public int MinLength { get; init; }

    /// <summary>No end token before so many new ones (<c>min_new_tokens</c>).</summary>
    public int MinNewTokens { get; init; }

    /// <summary>The seconds after which no further token is begun (<c>max_time</c>); null for no limit.</summary>
    public double? MaxTime { get; init; }

    /// <summary>True draws the next token at random, false takes the likeliest (<c>do_sample</c>).</summary>
    public bool DoSample { get; init; }

    /// <summary>What logits are divided by before drawing (<c>temperature</c>), above 0; below 1 is bolder, above 1 more even.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>Draws among the likeliest tokens that make up this share of the entropy (<c>top_h</c>), in (0, 1]; null for all.</summary>
    public double? TopH { get; init; }

    /// <summary>Draws among this many likeliest tokens (<c>top_k</c>); 0 for all.</summary>
    public int TopK { get; init; } = 50;

    /// <summary>Draws among the fewest tokens whose probabilities sum to this (<c>top_p</c>), in (0, 1]; Holtzman et al. 2020.</summary>
    public double TopP { get; init; } = 1;

    /// <summary>Leaves out tokens less likely than this share of the likeliest (<c>min_p</c>), in [0, 1]; Nguyen et al. 2024.</summary>
    public double MinP { get; init; }

    /// <summary>Draws among the most typical tokens that make up this probability (<c>typical_p</c>), in (0, 1]; Meister et al. 2022.</summary>
    public double TypicalP { get; init; } = 1;

    /// <summary>Leaves out tokens less likely than this (<c>epsilon_cutoff</c>), in [0, 1); Hewitt et al. 2022.</summary>
    public double EpsilonCutoff { get; init; }

    /// <summary>As <see cref="EpsilonCutoff"/>, and less where the choice is wide (<c>eta_cutoff</c>), in [0, 1); Hewitt et al. 2022.</summary>
    public double EtaCutoff { get; init; }

    /// <summary>
    /// Makes tokens that the text or prompt has already had less likely (<c>repetition_penalty</c>), above 0; 1 for no
    /// change. Positive logits are divided by it and negative ones multiplied; Keskar et al. 2019.
    /// </summary>
    public double RepetitionPenalty { get; init; } = 1;

    /// <summary>Above 1 makes the prompt's tokens likelier (<c>encoder_repetition_penalty</c>); 1 for no change.</summary>
    public double EncoderRepetitionPenalty { get; init; } = 1;

    /// <summary>So many tokens in a row never come twice, the prompt's included (<c>no_repeat_ngram_size</c>); 0 for no such rule.</summary>
    public int NoRepeatNgramSize { get; init; }

    /// <summary>So many tokens in a row of the prompt never come again (<c>encoder_no_repeat_ngram_size</c>); 0 for no such rule.</summary>
    public int EncoderNoRepeatNgramSize { get; init; }

    /// <summary>Sequences of tokens that never come (<c>bad_words_ids</c>).</summary>
    public IReadOnlyList<IReadOnlyList<int>> BadWordsIds { get; init; } = [];

    /// <summary>Sequences of tokens that are made likelier or less likely (<c>sequence_bias</c>).</summary>
    public IReadOnlyList<SequenceBias> SequenceBias { get; init; } = [];

    /// <summary>Tokens that never come (<c>suppress_tokens</c>).</summary>
    public IReadOnlyList<int> SuppressTokens { get; init; } = [];

    /// <summary>Tokens that do not come first (<c>begin_suppress_tokens</c>).</summary>
    public IReadOnlyList<int> BeginSuppressTokens { get; init; } = [];

    /// <summary>The token behind a prompt of one token (<c>forced_bos_token_id</c>); null for none.</summary>
    public int? ForcedBosTokenId { get; init; }

    /// <summary>The token, or those to choose from, that comes last where the greatest length is reached (<c>forced_eos_token_id</c>).</summary>
    public IReadOnlyList<int> ForcedEosTokenIds { get; init; } = [];

    /// <summary>Makes end tokens likelier the longer the text is (<c>exponential_decay_length_penalty</c>); null for no change.</summary>
    public LengthDecayPenalty? ExponentialDecayLengthPenalty { get; init; }

    /// <summary>Makes scores log-probabilities again once they were changed (<c>renormalize_logits</c>); counts in beam search.</summary>
    public bool RenormalizeLogits { get; init; }

    /// <summary>Goes on where a model gives logits that are no numbers, as if they were 0 (<c>remove_invalid_values</c>).</summary>
    public bool RemoveInvalidValues { get; init; }

    /// <summary>How many texts are followed at once (<c>num_beams</c>); 1 for none but the one.</summary>
    public int NumBeams { get; init; } = 1;

    /// <summary>The exponent of the length by which a beam's log-probability is divided (<c>length_penalty</c>); above 0 favours long texts.</summary>
    public double LengthPenalty { get; init; } = 1;

    /// <summary>When beam search stops (<c>early_stopping</c>).</summary>
    public EarlyStopping EarlyStopping { get; init; }

    /// <summary>
    /// The texts of each prompt (<c>num_return_sequences</c>): drawn one by one, or the best beams. Calls for a single text
    /// give the first.
    /// </summary>
    public int NumReturnSequences { get; init; } = 1;

    /// <summary>The tokens that end a text (<c>eos_token_id</c>); null takes those of the model's files, none is an empty list.</summary>
    public IReadOnlyList<int>? EosTokenIds { get; init; }

    /// <summary>The token fed for rows that have ended (<c>pad_token_id</c>); null takes that of the model's files, else the first end token, else 0.</summary>
    public int? PadTokenId { get; init; }

    /// <summary>The token a text begins with (<c>bos_token_id</c>), where the prompt is empty; null takes that of the model's files.</summary>
    public int? BosTokenId { get; init; }

    /// <summary>The token that the decoder of an encoder-decoder begins with (<c>decoder_start_token_id</c>); null takes that of the model's files.</summary>
    public int? DecoderStartTokenId { get; init; }

    /// <summary>
    /// The seed of the draws; null takes a fresh one each call. The same seed gives the same text, on any thread and
    /// whatever else runs; row i of a batch draws from stream i of the seed.
    /// </summary>
    public ulong? Seed { get; init; }

    /// <summary>Texts that end the generation and are left out of the result (<c>stop_strings</c>). Only a <see cref="TextGenerator"/> looks for them.</summary>
    public IReadOnlyList<string> StopStrings { get; init; } = [];

    /// <summary><see cref="MaxNewTokens"/> where it was set.</summary>
    private int? GivenNewTokens { get; init; }

    /// <summary>The most new tokens behind a prompt of this length; none where the prompt alone is too long.</summary>
    internal int WantedAfter(int promptLength) =>
        GivenNewTokens is null && MaxLength is { } all ? Math.Max(0, all - promptLength) : MaxNewTokens;

    /// <summary>These options with the length of prompt and text as what counts, whatever <see cref="MaxNewTokens"/> was.</summary>
    public GenerationOptions WithMaxLength(int length) => this with { GivenNewTokens = null, MaxLength = length };

    /// <summary>Checks that every value makes sense.</summary>
    /// <exception cref="ArgumentException">A value is out of its range; says which, and what to write.</exception>
    public void Validate()
    {
        RequireLengths();
        RequireDrawing();
        RequirePenalties();
        RequireTokens();
        Require(NumBeams >= 1, "num_beams", NumBeams, "at least 1");
        Require(double.IsFinite(LengthPenalty), "length_penalty", LengthPenalty, "a finite number");
        Require(Enum.IsDefined(EarlyStopping), "early_stopping", EarlyStopping, "one of false, true, never");
        Require(NumReturnSequences >= 1, "num_return_sequences", NumReturnSequences, "at least 1");
        Require(
            NumReturnSequences == 1 || NumBeams > 1 || DoSample, "num_return_sequences", NumReturnSequences,
            "1 where the likeliest token is taken each time: there is one such text; set do_sample, or num_beams");
        Require(
            NumReturnSequences == 1 || NumBeams == 1 || NumReturnSequences <= NumBeams, "num_return_sequences", NumReturnSequences,
            $"at most num_beams, which is {NumBeams}");
        if (StopStrings is null || StopStrings.Any(string.IsNullOrEmpty))
            throw new ArgumentException("stop_strings must be a list of texts, none of them empty.");
    }

    private void RequireLengths()
    {
        Require(MaxNewTokens >= 1, "max_new_tokens", MaxNewTokens, "at least 1");
        Require(MaxLength is null or >= 1, "max_length", MaxLength, "at least 1");
        Require(MinLength >= 0, "min_length", MinLength, "0 or more");
        Require(MinNewTokens >= 0, "min_new_tokens", MinNewTokens, "0 or more");
        Require(MaxTime is null or > 0, "max_time", MaxTime, "above 0 seconds");
    }

    private void RequireDrawing()
    {
        Require(!DoSample || IsAboveZero(Temperature), "temperature", Temperature, "above 0; for the likeliest token every time set do_sample to false");
        Require(TopH is null or (> 0 and <= 1), "top_h", TopH, "above 0 and at most 1");
        Require(TopK >= 0, "top_k", TopK, "0 (all tokens) or more");
        Require(TopP is > 0 and <= 1, "top_p", TopP, "above 0 and at most 1");
        Require(MinP is >= 0 and <= 1, "min_p", MinP, "from 0 to 1");
        Require(TypicalP is > 0 and <= 1, "typical_p", TypicalP, "above 0 and at most 1");
        Require(EpsilonCutoff is >= 0 and < 1, "epsilon_cutoff", EpsilonCutoff, "from 0 to below 1");
        Require(EtaCutoff is >= 0 and < 1, "eta_cutoff", EtaCutoff, "from 0 to below 1");
    }

    private void RequirePenalties()
    {
        Require(IsAboveZero(RepetitionPenalty), "repetition_penalty", RepetitionPenalty, "above 0 (1 changes nothing)");
        Require(IsAboveZero(EncoderRepetitionPenalty), "encoder_repetition_penalty", EncoderRepetitionPenalty, "above 0 (1 changes nothing)");
        Require(NoRepeatNgramSize >= 0, "no_repeat_ngram_size", NoRepeatNgramSize, "0 (no rule) or more");
        Require(EncoderNoRepeatNgramSize >= 0, "encoder_no_repeat_ngram_size", EncoderNoRepeatNgramSize, "0 (no rule) or more");
        Require(
            ExponentialDecayLengthPenalty is null || (ExponentialDecayLengthPenalty.StartIndex >= 0 && IsAboveZero(ExponentialDecayLengthPenalty.DecayFactor)),
            "exponential_decay_length_penalty", ExponentialDecayLengthPenalty, "a token to begin at, 0 or more, and a factor above 0");
    }

    private void RequireTokens()
    {
        RequireIds("eos_token_id", EosTokenIds ?? []);
        RequireIds("pad_token_id", One(PadTokenId));
        RequireIds("bos_token_id", One(BosTokenId));
        RequireIds("forced_bos_token_id", One(ForcedBosTokenId));
        RequireIds("forced_eos_token_id", ForcedEosTokenIds);
        RequireIds("suppress_tokens", SuppressTokens);
        RequireIds("begin_suppress_tokens", BeginSuppressTokens);
        RequireIds("bad_words_ids", [.. BadWordsIds.SelectMany(word => word)]);
        RequireIds("sequence_bias", [.. SequenceBias.SelectMany(biased => biased.TokenIds)]);
        Require(BadWordsIds.All(word => word.Count > 0), "bad_words_ids", "a list with an empty one", "a list of lists of at least one token");
        Require(SequenceBias.All(biased => biased.TokenIds.Count > 0), "sequence_bias", "a list with an empty sequence", "a list of sequences of at least one token, each with its bias");
        Require(SequenceBias.All(biased => !double.IsNaN(biased.Bias)), "sequence_bias", "NaN", "a number for each sequence");

        static int[] One(int? id) => id is { } single ? [single] : [];
    }

    private static bool IsAboveZero(double number) => double.IsFinite(number) && number > 0;

    private static void RequireIds(string name, IReadOnlyList<int> ids)
    {
        foreach (int id in ids)
            Require(id >= 0, name, id, "0 or more");
    }

    private static void Require(bool met, string name, object? value, string wanted)
    {
        if (!met)
            throw new ArgumentException($"{name} is {string.Create(CultureInfo.InvariantCulture, $"{value}")}; it must be {wanted}.");
    }
}
