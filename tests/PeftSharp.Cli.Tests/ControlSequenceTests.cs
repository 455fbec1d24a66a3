using System.Text.Json.Nodes;
using PeftSharp.Cli.Rendering;
using Xunit;

namespace PeftSharp.Cli.Tests;

/// <summary>Names of others that would recolour, rewrite or rename a terminal.</summary>
public sealed class ControlSequenceTests
{
    private const string Hostile = "\u001b]0;pwn\u0007\u001b[31mX\u009b2J\u007f\r";

    [Theory]
    [InlineData("plain text", "plain text")]
    [InlineData("tab\there\nline", "tab\there\nline")]
    [InlineData("crlf\r\nline", "crlf\r\nline")]
    [InlineData("over\rwritten", "over\\u000dwritten")]
    [InlineData("\u001b[31mred", "\\u001b[31mred")]
    [InlineData("\u009b\u007f\u0000\u0007", "\\u009b\\u007f\\u0000\\u0007")]
    [InlineData("ünïcode \U0001F600 שלום", "ünïcode \U0001F600 שלום")]
    public void Of_Text_EscapesControlsOnly(string text, string shown) => Assert.Equal(shown, Printable.Of(text));

    [Fact]
    public void Terminal_OnEveryWay_LetsNoControlThrough()
    {
        StringWriter output = new() { NewLine = "\n" }, error = new() { NewLine = "\n" };
        Terminal terminal = new(output, error);
        foreach (TextWriter writer in (TextWriter[])[terminal.Out, terminal.Error])
        {
            writer.Write(Hostile);
            writer.WriteLine(Hostile);
            writer.Write(Hostile.ToCharArray());
            writer.Write(Hostile.AsSpan());
            writer.WriteLine(Hostile.AsSpan());
            writer.Write("{0}", Hostile);
            foreach (char c in Hostile)
                writer.Write(c);
        }
        terminal.OutConsole.Write(Tables.Create("a", Hostile).Row(Hostile, "b"));
        terminal.ErrorConsole.Write(Tables.OfFacts([new(Hostile, Hostile)]));
        terminal.Warn(Hostile);
        Clean(output.ToString());
        Clean(error.ToString());
        Assert.Contains("\\u001b[31mX", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Verbs_OnNamesOfOthers_LetNoControlThrough()
    {
        using TinyModel model = new();
        string run = model.Trained();
        string adapter = Path.Combine(run, "adapter");
        Change(Path.Combine(adapter, "labels.json"), json => json["id2label"]!["0"] = Hostile);
        foreach (PeftRun run1 in (PeftRun[])[PeftRun.Of("predict", run, "a good film"), PeftRun.Of("inspect", adapter), PeftRun.Of("predict", run, "a film", "--top_k", "2")])
        {
            Assert.Equal(0, run1.Exit);
            Clean(run1.Out);
            Clean(run1.Error);
        }
        // Machines get the text itself, by JSON's own escapes.
        JsonNode json = JsonNode.Parse(PeftRun.Well("inspect", adapter, "--json").Out)!;
        Assert.NotNull(json);
        Change(Path.Combine(adapter, "adapter_config.json"), config => config["task_type"] = Hostile);
        PeftRun refused = PeftRun.Fails(1, ["predict", run, "a good film"], "\\u001b]0;pwn");
        Clean(refused.Error);
        Clean(PeftRun.Of("inspect", adapter).Out);
        Clean(PeftRun.Of("inspect", model.PathOf("no\u001b[31mfolder")).Error);
    }

    private static void Clean(string text) => Assert.DoesNotContain(text, Printable.IsControl);

    private static void Change(string path, Action<JsonNode> change)
    {
        JsonNode json = JsonNode.Parse(File.ReadAllText(path))!;
        change(json);
        File.WriteAllText(path, json.ToJsonString());
    }
}
