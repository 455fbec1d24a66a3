namespace PeftSharp.Generation;

/// <summary>How tokens are chosen and when to stop: Hugging Face's <c>GenerationConfig</c>, with its names and defaults.</summary>
/// <example><code>
/// GenerationOptions careful = new() { MaxNewTokens = 64 };                       // greedy
/// GenerationOptions lively = new() { DoSample = true, Temperature = 0.7, TopP = 0.9, Seed = 42 };
/// GenerationOptions beams = new() { NumBeams = 3, LengthPenalty = 1.2 };
/// </code></example>
public sealed record GenerationOptions
{
    /// <summary>The most tokens to add to the prompt (<c>max_new_tokens</c>); 256 as in HF's text-generation pipeline.</summary>
    public int MaxNewTokens { get; init; } = 256;

    /// <summary>True draws the next token at random, false takes the likeliest (<c>do_sample</c>).</summary>
    public bool DoSample { get; init; }

    /// <summary>What logits are divided by before drawing (<c>temperature</c>), above 0; below 1 is bolder, above 1 more even.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>Draws among this many likeliest tokens (<c>top_k</c>); 0 for all.</summary>
    public int TopK { get; init; } = 50;

    /// <summary>Draws among the fewest tokens whose probabilities sum to this (<c>top_p</c>), in (0, 1]; Holtzman et al. 2020.</summary>
    public double TopP { get; init; } = 1;

    /// <summary>Leaves out tokens less likely than this share of the likeliest (<c>min_p</c>), in [0, 1]; Nguyen et al. 2024.</summary>
    public double MinP { get; init; }

    /// <summary>
    /// Makes tokens that the text or prompt has already had less likely (<c>repetition_penalty</c>), above 0; 1 for no
    /// change. Positive logits are divided by it and negative ones multiplied; Keskar et al. 2019.
    /// </summary>
    public double RepetitionPenalty { get; init; } = 1;

    /// <summary>How many texts are followed at once (<c>num_beams</c>); 1 for none but the one.</summary>
    public int NumBeams { get; init; } = 1;

    /// <summary>The exponent of the length by which a beam's log-probability is divided (<c>length_penalty</c>); above 0 favours long texts.</summary>
    public double LengthPenalty { get; init; } = 1;

    /// <summary>When beam search stops (<c>early_stopping</c>).</summary>
    public EarlyStopping EarlyStopping { get; init; }

    /// <summary>The tokens that end a text (<c>eos_token_id</c>); null takes those of the model's files, none is an empty list.</summary>
    public IReadOnlyList<int>? EosTokenIds { get; init; }

    /// <summary>The token fed for rows that have ended (<c>pad_token_id</c>); null takes that of the model's files, else the first end token, else 0.</summary>
    public int? PadTokenId { get; init; }

    /// <summary>The token a text begins with (<c>bos_token_id</c>), where the prompt is empty; null takes that of the model's files.</summary>
    public int? BosTokenId { get; init; }

    /// <summary>
    /// The seed of the draws; null takes a fresh one each call. The same seed gives the same text, on any thread and
    /// whatever else runs; row i of a batch draws from stream i of the seed.
    /// </summary>
    public ulong? Seed { get; init; }

    /// <summary>Texts that end the generation and are left out of the result (<c>stop_strings</c>). Only a <c>TextGenerator</c> looks for them.</summary>
    public IReadOnlyList<string> StopStrings { get; init; } = [];

    /// <summary>Checks that every value makes sense.</summary>
    /// <exception cref="ArgumentException">A value is out of its range; says which, and what to write.</exception>
    public void Validate()
    {
        Require(MaxNewTokens >= 1, "max_new_tokens", MaxNewTokens, "at least 1");
        Require(!DoSample || (double.IsFinite(Temperature) && Temperature > 0), "temperature", Temperature, "above 0; for the likeliest token every time set do_sample to false");
        Require(TopK >= 0, "top_k", TopK, "0 (all tokens) or more");
        Require(TopP > 0 && TopP <= 1, "top_p", TopP, "above 0 and at most 1");
        Require(MinP >= 0 && MinP <= 1, "min_p", MinP, "from 0 to 1");
        Require(double.IsFinite(RepetitionPenalty) && RepetitionPenalty > 0, "repetition_penalty", RepetitionPenalty, "above 0 (1 changes nothing)");
        Require(NumBeams >= 1, "num_beams", NumBeams, "at least 1");
        Require(double.IsFinite(LengthPenalty), "length_penalty", LengthPenalty, "a finite number");
        Require(Enum.IsDefined(EarlyStopping), "early_stopping", EarlyStopping, "one of false, true, never");
        Require(EosTokenIds is null || EosTokenIds.All(id => id >= 0), "eos_token_id", EosTokenIds?.FirstOrDefault(id => id < 0), "0 or more");
        Require(PadTokenId is null or >= 0, "pad_token_id", PadTokenId, "0 or more");
        Require(BosTokenId is null or >= 0, "bos_token_id", BosTokenId, "0 or more");
        if (StopStrings is null || StopStrings.Any(string.IsNullOrEmpty))
            throw new ArgumentException("stop_strings must be a list of texts, none of them empty.");
        if (DoSample && NumBeams > 1)
            throw new ArgumentException($"do_sample with num_beams {NumBeams}: choose either, beams or drawing at random.");
    }

    private static void Require(bool met, string name, object? value, string wanted)
    {
        if (!met)
            throw new ArgumentException($"{name} is {string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{value}")}; it must be {wanted}.");
    }
}
