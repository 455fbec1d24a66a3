using PeftSharp.Text.Loading;
using PeftSharp.Text.Pipeline;
using PeftSharp.Text.Unicode;

namespace PeftSharp.Text.PreTokenizers;

/// <summary>
/// Cuts where the script changes. Spaces and characters without a script go with what is before them; at the beginning
/// of a piece, where there is nothing before them, they are lost, as in Hugging Face's library.
/// </summary>
internal sealed class ScriptPreTokenizer : IPreTokenizer
{
    public static ScriptPreTokenizer Read(JsonPart part)
    {
        part.AllowOnly("type");
        return new ScriptPreTokenizer();
    }

    public void Apply(PieceBuffer pieces)
    {
        pieces.BeginPass();
        while (pieces.Next(out ReadOnlySpan<char> text))
        {
            int start = -1;
            byte last = Scripts.None;
            for (int i = 0, length; i < text.Length; i += length)
            {
                byte script = Scripts.Of(CharTable.RuneAt(text, i, out length).Value);
                if (script == Scripts.None || script == last)
                    continue;
                if (start >= 0)
                    pieces.Add(start, i - start);
                start = i;
                last = script;
            }
            if (start >= 0)
                pieces.Add(start, text.Length - start);
        }
    }
}
