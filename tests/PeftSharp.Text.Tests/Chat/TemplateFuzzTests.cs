using CsCheck;
using PeftSharp.Testing;
using PeftSharp.Text.Chat;

namespace PeftSharp.Text.Tests.Chat;

/// <summary>Whatever stands in a template, it renders or fails with the one exception.</summary>
public sealed class TemplateFuzzTests
{
    private static readonly string[] s_pieces =
    [
        "{{ ", " }}", "{% ", " %}", "{%- ", " -%}", "{# ", " #}", "for a in messages", "endfor", "if ", "else", "endif", "set x = ",
        "endset", "macro m(a, b=1)", "endmacro", "m(", ")", "(", "[", "]", "{", "}", "'a'", "\"b", "1", "2.5", "-", "+", "*", "**", "/", "//",
        "%", "~", "|", "upper", "length", "tojson", "map(attribute='role')", "select", "list", "join", "is ", "defined", "not ", "in ", "and ",
        "or ", "messages", "[0]", ".role", ".content", "x", "loop.index", "namespace(a=1)", ":", ",", "=", "==", "<", "break", "continue",
        "raw", "endraw", "generation", "endgeneration", "call m()", "endcall", "filter upper", "endfilter", "😀", "\n", "  ", "none", "true",
    ];

    private static readonly Gen<string> s_piece = Gen.Int[0, s_pieces.Length - 1].Select(i => s_pieces[i]);

    [Fact]
    public void ParseAndRender_AnyPieces_RenderOrFailWithTheOneException() =>
        s_piece.Array[1, 30].SampleSeeded(pieces =>
        {
            try
            {
                _ = ChatTemplate.Parse(string.Concat(pieces)).Render([ChatMessage.User("hi"), ChatMessage.Assistant("yo")]);
            }
            catch (ChatTemplateException)
            {
                // What most of them are.
            }
        }, iter: 20_000);

    [Fact]
    public void ParseAndRender_GoldenTemplatesWithABitChanged_RenderOrFailWithTheOneException()
    {
        string[] sources = [.. ChatFixtures.Templates.EnumerateObject().Select(template => template.Value.GetString()!)];
        Gen.Select(Gen.Int[0, sources.Length - 1], Gen.Int[0, 100_000], s_piece, Gen.Int[0, 6]).SampleSeeded(drawn =>
        {
            (int which, int place, string piece, int cut) = drawn;
            string source = sources[which];
            int at = place % source.Length;
            try
            {
                _ = ChatTemplate.Parse(source[..at] + piece + source[Math.Min(source.Length, at + cut)..]).Render(ChatFixtures.Conversation("tool_two_results"));
            }
            catch (ChatTemplateException)
            {
                // What many of them are.
            }
        }, iter: 5_000);
    }
}
