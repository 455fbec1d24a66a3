using PeftSharp.Data.Tests.Reading;

namespace PeftSharp.Data.Tests.Samples;

public sealed class QuestionColumnsTests
{
    [Fact]
    public void Read_SquadRow_GivesAnswersInCodePoints()
    {
        QuestionSample sample = Read("{\"question\": \"q\", \"context\": \"😀 Ada wrote\", \"answers\": {\"text\": [\"Ada\", \"wrote\"], \"answer_start\": [2, 6]}}");
        Assert.Equal([new("Ada", 2), new("wrote", 6)], sample.Answers!);
        Assert.Equal("wrote", CodePoints.Slice(sample.Context, sample.Answers![1].Span));
    }

    [Fact]
    public void Read_NoAnswer_IsEmptyAndDataWithoutAnswersIsNull()
    {
        Assert.Empty(Read("{\"question\": \"q\", \"context\": \"c\", \"answers\": {\"text\": [], \"answer_start\": []}}").Answers!);
        DataRow row = ReaderHarness.Read("a.csv", "question,context,a,s\nq,c,,\n")[0];
        Assert.Empty(new QuestionColumns(AnswerText: "a", AnswerStart: "s").Read(row).Answers!);
        Assert.Null(new QuestionColumns(AnswerText: null, AnswerStart: null).Read(row).Answers);
    }

    [Fact]
    public void Read_FlatColumns_GivesOneAnswer() =>
        Assert.Equal([new("c", 2)], new QuestionColumns(AnswerText: "a", AnswerStart: "s").Read(ReaderHarness.Read("a.csv", "question,context,a,s\nq,b c,c,2\n")[0]).Answers!);

    [Theory]
    [InlineData("[\"Ada\"]", "[1]", "the answer \"Ada\" does not stand at code point 1 of the context; it does at 2.")]
    [InlineData("[\"Bob\"]", "[1]", "nor anywhere in it")]
    [InlineData("[\"Ada\"]", "[999999999]", "it does at 2")]
    [InlineData("[\"Ada\"]", "[-1]", "a whole number from 0, but holds \"-1\"")]
    [InlineData("[\"Ada\"]", "[2, 3]", "1 answers in column \"answers.text\" and 2 starts in \"answers.answer_start\"")]
    [InlineData("[3]", "[\"x\"]", "a whole number from 0, but holds \"x\"")]
    public void Read_BadAnswer_SaysFileAndLine(string texts, string starts, string message)
    {
        string json = $"{{\"question\": \"q\", \"context\": \"😀 Ada\", \"answers\": {{\"text\": {texts}, \"answer_start\": {starts}}}}}";
        string error = Assert.Throws<InvalidDataException>(() => Read(json)).Message;
        Assert.Contains("a.jsonl, line 1: ", error, StringComparison.Ordinal);
        Assert.Contains(message, error, StringComparison.Ordinal);
    }

    private static QuestionSample Read(string json) => new QuestionColumns().Read(ReaderHarness.Read("a.jsonl", json)[0]);
}
