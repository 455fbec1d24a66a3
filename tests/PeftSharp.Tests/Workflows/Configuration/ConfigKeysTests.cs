using System.Text.Json.Nodes;
using PeftSharp.Adapters;
using PeftSharp.Data;
using PeftSharp.IO;
using PeftSharp.Methods;
using PeftSharp.Methods.TrainableTokens;
using PeftSharp.Training;
using PeftSharp.Workflows.Configuration;
using Xunit;

namespace PeftSharp.Tests.Workflows.Configuration;

/// <summary>The tables of keys say what the options behind them really are.</summary>
public sealed class ConfigKeysTests
{
    [Fact]
    public void OfData_HasEveryOptionOfData() =>
        Assert.Equal(RecordKeys.NamesOf<DataOptions>().Order(), ConfigKeys.OfData.Select(key => key.Name).Order());

    [Fact]
    public void OfTraining_AllRead_NoneMoreAndNoneLess()
    {
        JsonObject all = [];
        foreach (ConfigKey key in ConfigKeys.OfTraining)
            all[key.Name] = null;
        JsonSettings settings = JsonSettings.Parse(all.ToJsonString(), "all");
        TrainingOptions.Read(settings);
        Assert.Empty(settings.UnreadKeys);
    }

    [Fact]
    public void OfTraining_Defaults_AreThoseOfTheOptions()
    {
        JsonObject defaults = [];
        foreach (ConfigKey key in ConfigKeys.OfTraining)
            if (key.Default is { } value)
                defaults[key.Name] = ConfigTyping.ToJson(key, new ConfigNode.Scalar(value, true, ""));
        Assert.Equal(new TrainingOptions(), TrainingOptions.Read(JsonSettings.Parse(defaults.ToJsonString(), "defaults")));
    }

    [Fact]
    public void OfPeft_HasEveryOptionOfEveryMethod()
    {
        foreach (string method in PeftMethods.Names)
        {
            PeftOptions options = method == "TRAINABLE_TOKENS"
                ? new TrainableTokensOptions { TokenIndices = [1] }
                : PeftMethods.Read(JsonSettings.Parse($$"""{"peft_type": "{{method}}", "num_virtual_tokens": 2}""", method));
            foreach ((string key, _) in options.ToJson())
                Assert.Contains(key, ConfigKeys.OfPeft.Select(known => known.Name));
            Assert.Contains(method, ConfigKeys.OfPeft[0].Help, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void OfPeft_Defaults_AreThoseOfLora()
    {
        JsonObject lora = PeftMethods.Read(JsonSettings.Parse("""{"peft_type": "LORA"}""", "lora")).ToJson();
        foreach (ConfigKey key in ConfigKeys.OfPeft)
            if (key.Default is { } value && lora.TryGetPropertyValue(key.Name, out JsonNode? real))
                Assert.Equal(real!.ToJsonString(), key.Name is "rank_pattern" or "alpha_pattern" ? value : ConfigTyping.ToJson(key, new ConfigNode.Scalar(value, true, ""))!.ToJsonString());
    }

    [Fact]
    public void Keys_HaveDistinctNames() => Assert.Distinct(ConfigSchema.OfTraining.Keys.Select(key => key.FullName));
}
