using System.Text.Json.Nodes;
using Xunit;

namespace PeftSharp.Cli.Tests.Verbs;

public sealed class GenerateVerbTests
{
    [Fact]
    public void Generate_Streamed_IsWhatJsonSays()
    {
        using TinyModel tiny = new(decoder: true);
        string streamed = PeftRun.Well("generate", tiny.Model, "Once upon", "--max_new_tokens", "6").Out;
        JsonNode json = PeftRun.Well("generate", tiny.Model, "Once upon", "--max_new_tokens", "6", "--json").Json;
        Assert.Equal((string)json["text"]! + "\n", streamed);
        Assert.Equal(6, (int)json["completion_tokens"]!);
        Assert.Equal("length", (string?)json["finish_reason"]);
    }

    [Fact]
    public void Generate_Sampled_IsDecidedByItsSeed()
    {
        using TinyModel tiny = new(decoder: true);
        string One(string seed) => PeftRun.Well("generate", tiny.Model, "Once", "--do_sample", "--top_k", "0", "--seed", seed, "--max_new_tokens", "8").Out;
        Assert.Equal(One("1"), One("1"));
        Assert.NotEqual(One("1"), One("2"));
    }

    [Fact]
    public void Generate_FileOfPrompts_GivesOneObjectEach()
    {
        using TinyModel tiny = new(decoder: true);
        string file = tiny.Write("prompts.txt", "Once upon\nA time\nThe end is\n");
        string[] lines = PeftRun.Well("generate", tiny.Model, "--file", file, "--max_new_tokens", "4", "--num_beams", "2", "--batch_size", "2", "--json").Out.TrimEnd().Split('\n');
        Assert.Equal(["Once upon", "A time", "The end is"], lines.Select(line => (string?)JsonNode.Parse(line)!["prompt"]));
    }

    [Theory]
    [InlineData("--temperature", "0", "temperature")]
    [InlineData("--top_p", "2", "top_p")]
    [InlineData("--max_new_tokens", "0", "max_new_tokens")]
    public void Generate_OptionOutOfRange_IsWrongUsage(string option, string value, string word)
    {
        using TinyModel tiny = new(decoder: true);
        PeftRun.Fails(2, ["generate", tiny.Model, "x", "--do_sample", option, value], word);
    }

    [Fact]
    public void Generate_WithAnEncoder_SaysThatItCannot()
    {
        using TinyModel tiny = new();
        PeftRun.Fails(1, ["generate", tiny.Model, "x"], "CAUSAL_LM");
    }
}
