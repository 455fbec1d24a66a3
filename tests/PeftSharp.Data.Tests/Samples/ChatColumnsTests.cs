using System.Text.Json.Nodes;

namespace PeftSharp.Data.Tests.Samples;

public sealed class ChatColumnsTests
{
    [Theory]
    [InlineData("""{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b", "name": "x"}]}""")]
    [InlineData("""{"messages": [{"from": "human", "value": "a"}, {"from": "gpt", "value": "b", "name": "x"}]}""")]
    public void Read_Messages_AreThoseOfTemplates(string row) =>
        Equal("""[{"role":"user","content":"a"},{"role":"assistant","content":"b","name":"x"}]""", row, new() { Messages = "messages" });

    [Fact]
    public void Read_SystemColumn_ComesFirst() =>
        Equal("""[{"role":"system","content":"s"},{"role":"user","content":"a"},{"role":"assistant","content":"b"}]""",
            """{"system": "s", "conversations": [{"from": "human", "value": "a"}, {"from": "gpt", "value": "b"}]}""", new() { Messages = "conversations" });

    [Theory]
    [InlineData("""{"prompt": "a", "completion": "b"}""")]
    [InlineData("""{"prompt": [{"role": "user", "content": "a"}], "completion": [{"role": "assistant", "content": "b"}]}""")]
    public void Read_PromptAndCompletion_AreTurns(string row) =>
        Equal("""[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]""", row, new() { Prompt = "prompt", Completion = "completion" });

    [Fact]
    public void Read_InstructionWithInput_IsOneTurn() =>
        Equal("""[{"role":"user","content":"do\nwith"},{"role":"assistant","content":"b"}]""",
            """{"instruction": "do", "input": "with", "output": "b"}""", new() { Prompt = "instruction", Completion = "output", Input = "input" });

    [Fact]
    public void Read_NoAssistant_IsAFaultOfTheRow() =>
        Assert.Equal("no assistant turn", RowFault.KindOf(Assert.Throws<InvalidDataException>(
            () => Read("""{"messages": [{"role": "user", "content": "a"}]}""", new() { Messages = "messages" }))));

    private static void Equal(string expected, string row, ChatColumns columns) =>
        Assert.Equal(expected, new JsonArray([.. Read(row, columns).Messages]).ToJsonString());

    private static ChatSample Read(string row, ChatColumns columns)
    {
        string file = Path.Combine(Directory.CreateTempSubdirectory().FullName, "rows.jsonl");
        File.WriteAllText(file, row);
        ChatSample sample;
        try
        {
            sample = columns.Read(Dataset.Load(file)[0]);
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
        }
        return sample;
    }
}
