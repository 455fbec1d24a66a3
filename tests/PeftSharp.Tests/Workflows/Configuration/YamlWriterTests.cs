using System.Text.Json.Nodes;
using CsCheck;
using PeftSharp.Testing;
using PeftSharp.Workflows.Configuration;
using Xunit;

namespace PeftSharp.Tests.Workflows.Configuration;

public sealed class YamlWriterTests
{
    private static readonly ConfigKey _free = new("", "x", ConfigKind.Free, null, "");

    [Fact]
    public void Write_Values_ReadsAsYaml() => Assert.Equal(
        "model: a/b.c\ntask: \"no\"\npeft:\n  r: 8\n  names: [query, \"1\", \"a: b\"]\n  none: {}\n",
        YamlWriter.Write(JsonNode.Parse("""{"model": "a/b.c", "task": "no", "gone": null, "peft": {"r": 8, "names": ["query", "1", "a: b"], "none": {}}}""")!.AsObject()));

    [Fact]
    public void Write_AnyText_ComesBackAsItWas() => Gen.String.SampleSeeded(text =>
    {
        // Half a surrogate pair is no text that a file can hold.
        if (text.Where(char.IsSurrogate).Any())
            return;
        JsonObject written = new() { ["x"] = text, ["list"] = new JsonArray(text, text) };
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, YamlWriter.Write(written));
            var map = (ConfigNode.Map)YamlReader.ReadFile(file);
            Assert.Equal(text, (string?)ConfigTyping.ToJson(_free, map.Members[0].Value));
            Assert.Equal([text, text], ConfigTyping.ToJson(_free, map.Members[1].Value)!.AsArray().Select(item => (string?)item));
        }
        finally
        {
            File.Delete(file);
        }
    }, iter: 300);

    [Theory]
    [InlineData("true")]
    [InlineData("null")]
    [InlineData("1e-3")]
    [InlineData("~")]
    [InlineData("")]
    [InlineData("a #b")]
    [InlineData("日本語")]
    [InlineData("😀 \u0085\u2028")]
    public void Write_TextThatLooksLikeAnotherKind_StaysText(string text)
    {
        var map = (ConfigNode.Map)YamlReader.ReadFlag("x", $"{{ {YamlWriter.Write(new() { ["x"] = text }).TrimEnd('\n')} }}");
        Assert.Equal(text, (string?)ConfigTyping.ToJson(_free, map.Members[0].Value));
    }
}
