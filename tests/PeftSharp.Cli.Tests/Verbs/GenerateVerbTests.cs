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

    [Theory]
    [InlineData("--begin_suppress_tokens", "TOKENS")]
    [InlineData("--repetition_penalty", ".2")]
    [InlineData("--suppress_tokens", "TOKENS")]
    [InlineData("--bad_words_ids", "[[TOKEN]]")]
    [InlineData("--sequence_bias", "[[[TOKEN], -50.5]]")]
    [InlineData("--forced_eos_token_id", "7")]
    public void Generate_ProcessorAsFlag_ChangesTheText(string flag, string value)
    {
        using TinyModel tiny = new(decoder: true);
        string plain = PeftRun.Well("generate", tiny.Model, "Once upon", "--max_new_tokens", "6").Out;
        // The tokens of the text itself, so that forbidding them must change it.
        int[] ids = PeftSharp.Text.Tokenizer.Load(tiny.Model).Encode(plain.TrimEnd('\n'), addSpecialTokens: false).ToIdArray();
        value = value.Replace("TOKENS", string.Join(',', ids), StringComparison.Ordinal).Replace("TOKEN", $"{ids[0]}", StringComparison.Ordinal);
        PeftRun run = PeftRun.Well("generate", tiny.Model, "Once upon", "--max_new_tokens", "6", flag, value);
        Assert.NotEqual(plain, run.Out);
        Assert.Empty(run.Error);
    }

    [Fact]
    public void Generate_NoRepeatNgramSize_KeepsTheTextOfThePromptFromComingAgain()
    {
        using TinyModel tiny = new(decoder: true);
        string[] ask = ["generate", tiny.Model, "Once upon", "--max_new_tokens", "12", "--repetition_penalty", "0.01"];
        string plain = PeftRun.Well(ask).Out;
        string unlike = PeftRun.Well([.. ask, "--no_repeat_ngram_size", "1"]).Out;
        Assert.NotEqual(plain, unlike);
    }

    [Fact]
    public void Generate_GenerationConfig_IsUnderTheFlags()
    {
        using TinyModel tiny = new(decoder: true);
        File.WriteAllText(Path.Combine(tiny.Model, "generation_config.json"), """{ "max_length": 6, "my_own_key": 3 }""");
        PeftRun run = PeftRun.Well("generate", tiny.Model, "Once upon", "--json");
        Assert.Equal(6, (int)run.Json["prompt_tokens"]! + (int)run.Json["completion_tokens"]!);
        Assert.Contains("my_own_key", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
        Assert.Equal(9, (int)PeftRun.Well("generate", tiny.Model, "Once upon", "--json", "--max_new_tokens", "9").Json["completion_tokens"]!);
        File.WriteAllText(Path.Combine(tiny.Model, "generation_config.json"), """{ "max_new_tokens": 20, "penalty_alpha": null }""");
        JsonNode json = PeftRun.Well("generate", tiny.Model, "Once upon", "--json", "--max_length", "5").Json;
        Assert.Equal(5, (int)json["prompt_tokens"]! + (int)json["completion_tokens"]!);
        File.WriteAllText(Path.Combine(tiny.Model, "generation_config.json"), """{ "penalty_alpha": 0.6, "top_k": 4 }""");
        PeftRun.Fails(1, ["generate", tiny.Model, "Once upon"], "penalty_alpha", "generation_config.json");
    }

    [Fact]
    public void Generate_FlagOfDrawingWithoutDrawing_SaysThatItDoesNotCount()
    {
        using TinyModel tiny = new(decoder: true);
        PeftRun run = PeftRun.Well("generate", tiny.Model, "Once", "--temperature", "0.8", "--length_penalty", "2", "--max_new_tokens", "2");
        Assert.Equal(2, run.ErrorLines.Count);
        Assert.Contains("--do_sample", run.ErrorLines[0], StringComparison.Ordinal);
        Assert.Contains("--temperature", run.ErrorLines[0], StringComparison.Ordinal);
        Assert.Contains("--num_beams", run.ErrorLines[1], StringComparison.Ordinal);
        Assert.Empty(PeftRun.Well("generate", tiny.Model, "Once", "--temperature", "0.8", "--do_sample", "--max_new_tokens", "2").Error);
    }

    [Fact]
    public void Generate_ModelWithAChatTemplate_AnswersAsATurnAndSaysSoOnce()
    {
        using TinyModel tiny = new(decoder: true);
        string[] more = ["--max_new_tokens", "6", "--batch_size", "1"];
        PeftRun plain = PeftRun.Well(["generate", tiny.Model, "Once", .. more]);
        Assert.Empty(plain.Error);
        File.WriteAllText(Path.Combine(tiny.Model, "chat_template.jinja"), "{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}{% if add_generation_prompt %}<a>{% endif %}");
        PeftRun turn = PeftRun.Well(["generate", tiny.Model, "Once", "A time", .. more]);
        Assert.Contains("chat template", Assert.Single(turn.ErrorLines), StringComparison.Ordinal);
        PeftRun raw = PeftRun.Well(["generate", tiny.Model, "Once", "--no_chat_template", .. more]);
        Assert.Equal((plain.Out, ""), (raw.Out, raw.Error));
        PeftRun byHand = PeftRun.Well(["generate", tiny.Model, "<system>Be brief.<user>Once<a>", "--no_chat_template", "--eos_token_id", "2", .. more]);
        Assert.Equal(byHand.Out, PeftRun.Well(["generate", tiny.Model, "Once", "--system", "Be brief.", "--eos_token_id", "2", .. more]).Out);
        PeftRun.Fails(2, ["generate", tiny.Model, "Once", "--chat_template", "nothing.jinja"], "nothing.jinja", "chatml");
    }

    [Fact]
    public void Generate_SeveralTextsOfAPrompt_AreALineEach()
    {
        using TinyModel tiny = new(decoder: true);
        string[] lines = PeftRun.Well("generate", tiny.Model, "Once", "A time", "--num_beams", "3", "--num_return_sequences", "2", "--max_new_tokens", "3", "--json").Out.TrimEnd().Split('\n');
        Assert.Equal(["Once", "Once", "A time", "A time"], lines.Select(line => (string?)JsonNode.Parse(line)!["prompt"]));
        PeftRun.Fails(2, ["generate", tiny.Model, "Once", "--num_return_sequences", "2"], "num_return_sequences");
    }

    [Fact]
    public void Generate_WithAnEncoder_SaysThatItCannot()
    {
        using TinyModel tiny = new();
        PeftRun.Fails(1, ["generate", tiny.Model, "x"], "CAUSAL_LM");
    }
}
