using System.Text;

namespace PeftSharp.Text.Chat.Jinja.Runtime;

/// <summary>Where text is written to, up to the length allowed.</summary>
internal sealed class TextSink(Budget budget, bool isOutput = false)
{
    private readonly StringBuilder _text = new();

    /// <summary>Whether this is the rendering itself and no text kept in a variable: positions in it are final.</summary>
    public bool IsOutput => isOutput;

    public int Length => _text.Length;

    public void Write(string text)
    {
        budget.SpendChars(_text.Length > budget.OutputLength - text.Length ? budget.OutputLength + 1L : text.Length);
        _text.Append(text);
    }

    public override string ToString() => _text.ToString();
}
