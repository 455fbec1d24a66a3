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
        { "do_sample", new() { DoSample = true, NumBeams = 2 } },
    };

    [Theory, MemberData(nameof(Wrong))]
    public void Validate_ValueOutOfRange_NamesIt(string name, GenerationOptions options) =>
        Assert.Contains(name, Assert.Throws<ArgumentException>(options.Validate).Message, StringComparison.Ordinal);

    [Fact]
    public void Validate_Defaults_AreSound() => new GenerationOptions().Validate();

    [Fact]
    public void Validate_TemperatureOfAGreedyCall_IsNotLookedAt() => new GenerationOptions { Temperature = 0 }.Validate();
}
