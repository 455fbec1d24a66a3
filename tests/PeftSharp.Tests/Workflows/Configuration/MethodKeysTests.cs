using PeftSharp.Workflows.Configuration;
using Xunit;

namespace PeftSharp.Tests.Workflows.Configuration;

/// <summary>A method can be asked for by its name alone in a configuration file, and the resolved file asks for the same.</summary>
public sealed class MethodKeysTests
{
    public static TheoryData<string> Methods =>
        ["LORA", "BITFIT", "FULL", "TRAINABLE_TOKENS", "IA3", "VERA", "LOHA", "LOKR", "OFT", "BOFT", "ADALORA", "LN_TUNING", "MISS"];

    [Theory, MemberData(nameof(Methods))]
    public void ToYaml_OfEveryMethod_ReadsBackAsTheSame(string method)
    {
        string file = Path.GetTempFileName();
        try
        {
            RunConfig first = RunConfig.Load(null, Flags(method));
            File.WriteAllText(file, first.ToYaml());
            RunConfig again = RunConfig.Load(file, []);
            Assert.Equal(first.ToYaml(), again.ToYaml());
            Assert.Equal(first.Peft.ToJson().ToJsonString(), again.Peft.ToJson().ToJsonString());
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory, MemberData(nameof(Methods))]
    public void OfPeft_HasEveryKeyThatAMethodWrites(string method)
    {
        RunConfig config = RunConfig.Load(null, Flags(method));
        Assert.Empty(config.Peft.ToJson().Select(pair => pair.Key).Except(ConfigKeys.OfPeft.Select(key => key.Name)));
    }

    [Fact]
    public void OfPeft_NamesEveryKeyOnce() =>
        Assert.Empty(ConfigKeys.OfPeft.GroupBy(key => key.Name).Where(group => group.Count() > 1).Select(group => group.Key));

    /// <summary>The method, with the keys that it has no default for.</summary>
    private static List<ConfigOverride> Flags(string method) =>
    [
        new("model", "m"),
        new("peft_type", method),
        .. method switch
        {
            "TRAINABLE_TOKENS" => [new ConfigOverride("token_indices", "[1, 2]")],
            "PREFIX_TUNING" or "PROMPT_TUNING" or "P_TUNING" or "MULTITASK_PROMPT_TUNING" => [new ConfigOverride("num_virtual_tokens", "8")],
            _ => Array.Empty<ConfigOverride>(),
        },
    ];
}
