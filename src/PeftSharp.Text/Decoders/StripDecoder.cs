using System.Text;
using PeftSharp.Text.Loading;

namespace PeftSharp.Text.Decoders;

/// <summary>Takes up to so many of one character away at both ends of every token.</summary>
internal sealed class StripDecoder : IDecoder
{
    private readonly string _character;
    private readonly int _start;
    private readonly int _stop;

    public StripDecoder(Rune character, int start, int stop)
    {
        _character = character.ToString();
        _start = start;
        _stop = stop;
    }

    public static StripDecoder Read(JsonPart part)
    {
        part.AllowOnly("type", "content", "start", "stop");
        return new StripDecoder(part.Get("content").Character(), part.Get("start").Count(), part.Get("stop").Count());
    }

    public void Apply(List<string> tokens)
    {
        for (int i = 0; i < tokens.Count; i++)
            tokens[i] = Strip(tokens[i]);
    }

    private string Strip(string token)
    {
        int start = 0, end = token.Length;
        for (int count = 0; count < _start && string.CompareOrdinal(token, start, _character, 0, _character.Length) == 0; count++)
            start += _character.Length;
        for (int count = 0; count < _stop && token.AsSpan(start, end - start).EndsWith(_character, StringComparison.Ordinal); count++)
            end -= _character.Length;
        return token[start..end];
    }
}
