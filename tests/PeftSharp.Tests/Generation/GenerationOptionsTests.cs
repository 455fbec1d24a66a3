using PeftSharp.Generation;
using Xunit;

namespace PeftSharp.Tests.Generation;

public sealed class GenerationOptionsTests
{
    public static TheoryData<string, GenerationOptions> Wrong => new()
    {
        { "max_new_tokens", new() { MaxNewTokens = 0 } },
        { "temperature", new() { DoSample = true, Temperature = 0 } },
        { "temperature", new() { DoSample = true, Temperature = double.NaN } },
        { "top_k", new() { TopK = -1 } },
        { "top_p", new() { TopP = 0 } },
        { "top_p", new() { TopP = 1.1 } },
        { "min_p", new() { MinP = -0.1 } },
        { "min_p", new() { MinP = 1.1 } },
        { "repetition_penalty", new() { RepetitionPenalty = 0 } },
        { "num_beams", new() { NumBeams = 0 } },
        { "length_penalty", new() { LengthPenalty = double.PositiveInfinity } },
        { "early_stopping", new() { EarlyStopping = (EarlyStopping)9 } },
        { "eos_token_id", new() { EosTokenIds = [3, -2] } },
        { "pad_token_id", new() { PadTokenId = -1 } },
        { "bos_token_id", new() { BosTokenId = -1 } },
        { "stop_strings", new() { StopStrings = ["ok", ""] } },
        { "max_length", new() { MaxLength = 0 } },
        { "min_length", new() { MinLength = -1 } },
        { "min_new_tokens", new() { MinNewTokens = -1 } },
        { "max_time", new() { MaxTime = 0 } },
        { "top_h", new() { TopH = 0 } },
        { "typical_p", new() { TypicalP = 0 } },
        { "epsilon_cutoff", new() { EpsilonCutoff = 1 } },
        { "eta_cutoff", new() { EtaCutoff = -0.1 } },
        { "encoder_repetition_penalty", new() { EncoderRepetitionPenalty = 0 } },
        { "no_repeat_ngram_size", new() { NoRepeatNgramSize = -1 } },
        { "encoder_no_repeat_ngram_size", new() { EncoderNoRepeatNgramSize = -1 } },
        { "bad_words_ids", new() { BadWordsIds = [[]] } },
        { "bad_words_ids", new() { BadWordsIds = [[1, -1]] } },
        { "sequence_bias", new() { SequenceBias = [new([], 1)] } },
        { "suppress_tokens", new() { SuppressTokens = [-1] } },
        { "begin_suppress_tokens", new() { BeginSuppressTokens = [-1] } },
        { "forced_bos_token_id", new() { ForcedBosTokenId = -1 } },
        { "forced_eos_token_id", new() { ForcedEosTokenIds = [-1] } },
        { "exponential_decay_length_penalty", new() { ExponentialDecayLengthPenalty = new(2, 0) } },
        { "num_return_sequences", new() { NumReturnSequences = 2 } },
        { "num_return_sequences", new() { NumReturnSequences = 4, NumBeams = 3 } },
        { "num_return_sequences", new() { NumReturnSequences = 0 } },
    };

    [Theory, MemberData(nameof(Wrong))]
    public void Validate_ValueOutOfRange_NamesIt(string name, GenerationOptions options) =>
        Assert.Contains(name, Assert.Throws<ArgumentException>(options.Validate).Message, StringComparison.Ordinal);

    [Fact]
    public void Validate_Defaults_AreSound() => new GenerationOptions().Validate();

    [Fact]
    public void Validate_TemperatureOfAGreedyCall_IsNotLookedAt() => new GenerationOptions { Temperature = 0 }.Validate();
}
