using PeftSharp.Data;
using PeftSharp.Models;
using PeftSharp.Workflows.Tasks;
using Xunit;

namespace PeftSharp.Tests.Workflows.Tasks;

public sealed class ColumnFinderTests
{
    [Fact]
    public void Fill_AlpacasColumns_AreItsPrompt()
    {
        DataOptions data = Fill(TaskType.CausalLanguageModel, new(), "instruction", "input", "output");
        Assert.Equal((PromptTemplate.Alpaca, "instruction", "input", "output"), (data.PromptTemplate!.Value, data.Prompt, data.Input, data.Completion));
        Assert.Null(Fill(TaskType.CausalLanguageModel, new(), "instruction", "output").Input);
    }

    [Fact]
    public void Fill_PromptAndCompletion_AreFound()
    {
        DataOptions data = Fill(TaskType.CausalLanguageModel, new(), "prompt", "completion");
        Assert.Equal(("prompt", "completion"), (data.Prompt, data.Completion));
    }

    [Fact]
    public void Fill_WhatTheUserSet_Stays()
    {
        DataOptions set = new() { Prompt = "instruction", Completion = "output" };
        Assert.Equal(set, Fill(TaskType.CausalLanguageModel, set, "instruction", "input", "output"));
        Assert.Equal(["input"], ColumnFinder.Unused(TaskType.CausalLanguageModel, set, [Row("instruction", "input", "output")]));
        Assert.Equal(new DataOptions(), Fill(TaskType.CausalLanguageModel, new(), "text", "prompt", "completion"));
    }

    [Theory]
    [InlineData("messages", false, "messages", null, true)]
    [InlineData("conversations", false, "conversations", null, true)]
    [InlineData("prompt,completion", false, null, "prompt", null)]
    [InlineData("prompt,completion", true, null, "prompt", true)]
    [InlineData("instruction,input,output", true, null, "instruction", true)]
    [InlineData("text,messages", true, null, null, null)]
    public void Fill_Conversations_AreFound(string columns, bool template, string? messages, string? prompt, bool? chat)
    {
        DataOptions data = ColumnFinder.Fill(
            TaskType.CausalLanguageModel, ProblemType.SingleLabel, new(), [DataRow.Of(new RowPlace("rows", 1), [.. columns.Split(',').Select(column => (column, "x"))])], template);
        Assert.Equal((messages, prompt, chat), (data.Messages, data.Prompt, data.ApplyChatTemplate));
    }

    [Theory]
    [InlineData("tokens,tags", null, null)]
    [InlineData("tokens,ner_tags", null, "ner_tags")]
    [InlineData("words,labels", "words", "labels")]
    [InlineData("id,tokens,pos_tags,ner_tags", null, "ner_tags")]
    public void Fill_TagColumns_AreFoundByTheirUsualNames(string columns, string? tokens, string? tags)
    {
        DataOptions data = Fill(TaskType.TokenClassification, new(), columns.Split(','));
        Assert.Equal((tokens, tags), (data.Tokens, data.Tags));
    }

    [Fact]
    public void Fill_SeveralLabelColumnsWithCommas_AreThose() => Assert.Equal(
        new ColumnNames(["a", "b"]),
        ColumnFinder.Fill(TaskType.SequenceClassification, ProblemType.MultiLabel, new() { Label = "a, b" }, [Row("text", "a", "b")]).Label);

    [Fact]
    public void Unused_MembersOfAnObject_AreUsed() => Assert.Equal(
        ["id"], ColumnFinder.Unused(TaskType.QuestionAnswering, new(), [Row("id", "question", "context", "answers")]));

    private static DataOptions Fill(TaskType task, DataOptions data, params string[] columns) =>
        ColumnFinder.Fill(task, ProblemType.SingleLabel, data, [Row(columns)]);

    private static DataRow Row(params string[] columns) => DataRow.Of(new RowPlace("f", 1), [.. columns.Select(column => (column, "x"))]);
}
