using PeftSharp.Data.Tests.Reading;

namespace PeftSharp.Data.Tests.Samples;

public sealed class PromptTemplateTests
{
    private static readonly CausalColumns Columns = new(Prompt: "instruction", Completion: "output") { Template = PromptTemplate.Alpaca, Input = "input" };

    // PROMPT_DICT of stanford_alpaca's train.py.
    [Fact]
    public void Alpaca_Input_IsStanfordsPrompt() => Assert.Equal(
        "Below is an instruction that describes a task, paired with an input that provides further context. Write a response that appropriately completes the request.\n\n### Instruction:\nTranslate into French.\n\n### Input:\ncheese\n\n### Response:",
        Read("{\"instruction\": \"Translate into French.\", \"input\": \"cheese\", \"output\": \"fromage\"}").Prompt);

    [Theory]
    [InlineData("{\"instruction\": \"Name it.\", \"input\": \"\", \"output\": \"Paris\"}")]
    [InlineData("{\"instruction\": \"Name it.\", \"input\": null, \"output\": \"Paris\"}")]
    [InlineData("{\"instruction\": \"Name it.\", \"output\": \"Paris\"}")]
    public void Alpaca_NoInput_IsStanfordsShorterPrompt(string row)
    {
        CausalSample sample = Read(row);
        Assert.Equal(
            "Below is an instruction that describes a task. Write a response that appropriately completes the request.\n\n### Instruction:\nName it.\n\n### Response:",
            sample.Prompt);
        Assert.Equal("Paris", sample.Completion);
    }

    private static CausalSample Read(string row) => Columns.Read(ReaderHarness.Read("a.json", $"[{row}]")[0]);
}
