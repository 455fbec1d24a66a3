using PeftSharp.Data.Tests.Reading;

namespace PeftSharp.Data.Tests.Samples;

public sealed class CausalColumnsTests
{
    private static readonly DataRow Row = ReaderHarness.Read("a.jsonl", "{\"text\": \"t\", \"p\": \"question\", \"c\": \"answer\", \"n\": null}")[0];

    [Fact]
    public void Read_TextOrPrompt_GivesWhatIsLearnt()
    {
        CausalSample text = new CausalColumns().Read(Row), pair = new CausalColumns(Prompt: "p", Completion: "c").Read(Row);
        Assert.Equal(("", "t"), (text.Prompt, text.Completion));
        Assert.Equal(("question", "answer"), (pair.Prompt, pair.Completion));
        Assert.EndsWith("a.jsonl, line 1", pair.Place.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_NullText_SaysFileAndLine() =>
        Assert.Contains(
            "a.jsonl, line 1: column \"n\" must hold text, but holds null",
            Assert.Throws<InvalidDataException>(() => new CausalColumns("n").Read(Row)).Message,
            StringComparison.Ordinal);
}
