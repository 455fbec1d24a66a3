using System.Text.Json.Nodes;
using Xunit;

namespace PeftSharp.Cli.Tests.Verbs;

public sealed class ConvertAdapterVerbTests
{
    [Fact]
    public void ConvertAdapter_OfLoHaRun_GivesALoraFolderThatPredictsTheSame()
    {
        using TinyModel tiny = new();
        string run = tiny.Trained("--peft_type", "LOHA", "--peft.r", "2", "--target_modules", "query,value", "--dtype", "float32"), lora = tiny.PathOf("lora");
        PeftRun converted = PeftRun.Well("convert-adapter", run, lora, "--to", "lora", "--r", "4");
        Assert.Contains("LOHA as LORA", converted.Out, StringComparison.Ordinal);
        Assert.Contains("query", converted.Out, StringComparison.Ordinal);
        JsonNode config = JsonNode.Parse(File.ReadAllText(Path.Combine(lora, "adapter_config.json")))!;
        Assert.Equal("LORA", (string?)config["peft_type"]);
        Assert.Equal(4, (int)config["r"]!);
        Assert.True(File.Exists(Path.Combine(lora, "labels.json")));
        foreach ((JsonNode one, JsonNode other) in Ask(run).Zip(Ask(lora)))
        {
            Assert.Equal((string?)one["label"], (string?)other["label"]);
            Assert.Equal((float)one["probability"]!, (float)other["probability"]!, 1e-4f);
        }
    }

    [Fact]
    public void ConvertAdapter_Json_HasTheErrorOfEachModule()
    {
        using TinyModel tiny = new();
        string run = tiny.Trained("--peft_type", "OFT", "--oft_block_size", "4");
        JsonNode report = PeftRun.Well("convert-adapter", run, tiny.PathOf("lora"), "--r", "0.9", "--json").Json;
        Assert.Equal("OFT", (string?)report["from"]);
        Assert.Equal(4, report["modules"]!.AsArray().Count);
        Assert.All(report["modules"]!.AsArray(), module => Assert.InRange((double)module!["relative_error"]!, 0, 0.3163));
        Assert.InRange((double)report["relative_error"]!, 0, 0.3163);
    }

    [Fact]
    public void ConvertAdapter_OfWrongUse_SaysWhatToChange()
    {
        using TinyModel tiny = new();
        string run = tiny.Trained("--peft_type", "LN_TUNING");
        PeftRun.Fails(1, ["convert-adapter", run, tiny.PathOf("lora")], "LN_TUNING", "nothing to convert");
        PeftRun.Fails(1, ["convert-adapter", run, tiny.PathOf("lora"), "--r", "0"], "'0' is neither a rank");
        PeftRun.Fails(2, ["convert-adapter", tiny.Model, tiny.PathOf("lora")], "without an adapter");
        PeftRun.Fails(2, ["convert-adapter", run, run, "--force"], "being read");
        PeftRun.Fails(2, ["convert-adapter", run, tiny.PathOf("lora"), "--to", "dora"], "dora");
        Assert.False(Directory.Exists(tiny.PathOf("lora")));
    }

    private static JsonNode[] Ask(string model) =>
        [.. PeftRun.Well("predict", model, "a good film", "a bad film", "--dtype", "float32", "--json").Out.TrimEnd().Split('\n').Select(line => JsonNode.Parse(line)!)];
}
