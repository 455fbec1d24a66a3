using PeftSharp.Text.Chat.Jinja.Runtime;
using PeftSharp.Text.Chat.Jinja.Values;

namespace PeftSharp.Text.Chat.Jinja.Filters;

/// <summary>Escaping for HTML.</summary>
internal static class Html
{
    public static string Escape(StringValue value, Run run)
    {
        if (value is MarkupValue)
            return value.Chars;
        TextSink sink = new(run.Budget);
        foreach (char c in value.Chars)
            sink.Write(c switch { '&' => "&amp;", '<' => "&lt;", '>' => "&gt;", '"' => "&#34;", '\'' => "&#39;", _ => c.ToString() });
        return sink.ToString();
    }
}
