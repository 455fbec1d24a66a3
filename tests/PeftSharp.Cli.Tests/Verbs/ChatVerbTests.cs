using Xunit;

namespace PeftSharp.Cli.Tests.Verbs;

/// <summary><c>peft train</c> on conversations, <c>peft chat</c> on what comes of it.</summary>
public sealed class ChatVerbTests
{
    private const string Rows = """
        {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello!"}, {"role": "user", "content": "Bye"}, {"role": "assistant", "content": "See you."}]}
        {"messages": [{"from": "human", "value": "One"}, {"from": "gpt", "value": "Two"}]}
        """;

    [Fact]
    public void Train_Conversations_LearnsTheAssistantsTurnsAndKeepsTheGivenTemplate()
    {
        using TinyModel tiny = new(decoder: true);
        PeftRun run = Train(tiny, Rows, "--chat_template", "chatml");
        Assert.Contains("chat messages (column messages)", run.Error, StringComparison.Ordinal);
        Assert.True(File.Exists(tiny.PathOf("run", "adapter", "chat_template.jinja")));
        PeftRun score = PeftRun.Well("evaluate", tiny.PathOf("run"), tiny.PathOf("rows.jsonl"), "--json");
        Assert.Contains("loss", score.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Train_ModelWithoutATemplate_SaysHowToGiveOne()
    {
        using TinyModel tiny = new(decoder: true);
        PeftRun.Fails(2, Command(tiny, Rows), "no chat template", "--chat_template", "chatml");
    }

    [Theory]
    [InlineData("""{"messages": [{"role": "user", "content": "Hi"}]}""", "no message of the assistant")]
    [InlineData("""{"messages": [{"content": "Hi"}]}""", "whose words")]
    [InlineData("""{"messages": ["Hi"]}""", "messages[0]")]
    [InlineData("""{"messages": 3}""", "a list of messages")]
    [InlineData("""{"messages": [{"role": "assistant", "content": 5}]}""", "rows.jsonl, line 1")]
    public void Train_ARowThatIsNoConversation_FailsWithItsPlace(string row, string words)
    {
        using TinyModel tiny = new(decoder: true);
        PeftRun.Fails(1, Command(tiny, row, "--chat_template", "chatml"), "line 1", words);
    }

    [Fact]
    public void Chat_LinesOfInput_AreAnsweredInOneConversation()
    {
        using TinyModel tiny = new(decoder: true);
        Train(tiny, Rows, "--chat_template", "chatml");
        (int exit, string output, string error) = Chat(
            "Hi\n/adapter none\nHi\n/adapter extra\n/adapter nope\n/reset\n/system Be brief.\nHi\n/what\n/exit\nnever\n",
            "chat", tiny.Model, "--chat_template", "chatml", "--adapters", $"extra={tiny.PathOf("run")}", "--max_new_tokens", "4");
        Assert.Equal(0, exit);
        Assert.Equal(3, output.TrimEnd('\n').Split('\n').Length);
        foreach (string words in (string[])["the base alone", "the adapter extra", "no adapter nope", "forgotten", "instructions are set", "no command /what"])
            Assert.Contains(words, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Chat_AConversationThatGrowsTooLong_IsSaidAndGoesOn()
    {
        using TinyModel tiny = new(decoder: true);
        string far = string.Join(' ', Enumerable.Repeat("word", 200));
        (int exit, string output, string error) = Chat($"{far}\nHi\n", "chat", tiny.Model, "--chat_template", "chatml", "--max_new_tokens", "4", "--eos_token_id", "48000");
        Assert.Equal(0, exit);
        Assert.Contains("/reset", error, StringComparison.Ordinal);
        Assert.NotEmpty(output.Trim());
    }

    private static PeftRun Train(TinyModel tiny, string rows, params string[] more) => PeftRun.Well(Command(tiny, rows, more));

    private static string[] Command(TinyModel tiny, string rows, params string[] more) =>
        ["train", "--model", tiny.Model, "--task", "CAUSAL_LM", "--train", tiny.Write("rows.jsonl", rows), "--max_steps", "2", "--output_dir", tiny.PathOf("run"), .. more];

    private static (int Exit, string Out, string Error) Chat(string input, params string[] args)
    {
        StringWriter output = new() { NewLine = "\n" }, error = new() { NewLine = "\n" };
        int exit = PeftCommand.RunAsync(args, new Terminal(output, error, new StringReader(input), inputWatched: false)).GetAwaiter().GetResult();
        return (exit, output.ToString(), error.ToString());
    }
}
