using PeftSharp.Text.Loading;

namespace PeftSharp.Text.Decoders;

/// <summary>Connectionist temporal classification: repetitions of a token count once, padding goes, a delimiter becomes a space.</summary>
internal sealed class CtcDecoder : IDecoder
{
    private readonly string _padding;
    private readonly string _delimiter;
    private readonly bool _cleanup;

    public CtcDecoder(string padding, string delimiter, bool cleanup)
    {
        _padding = padding;
        _delimiter = delimiter;
        _cleanup = cleanup;
    }

    public static CtcDecoder Read(JsonPart part)
    {
        part.AllowOnly("type", "pad_token", "word_delimiter_token", "cleanup");
        return new CtcDecoder(ReadToken(part, "pad_token"), ReadToken(part, "word_delimiter_token"), part.Get("cleanup").Bool());
    }

    public void Apply(List<string> tokens)
    {
        List<string> result = new(tokens.Count);
        for (int i = 0; i < tokens.Count; i++)
        {
            if (i > 0 && tokens[i] == tokens[i - 1])
                continue;
            string token = tokens[i].Replace(_padding, "", StringComparison.Ordinal);
            if (_cleanup)
                token = WordPieceDecoder.CleanUp(token).Replace(_delimiter, " ", StringComparison.Ordinal);
            if (token.Length > 0)
                result.Add(token);
        }
        tokens.Clear();
        tokens.AddRange(result);
    }

    private static string ReadToken(JsonPart part, string name)
    {
        JsonPart token = part.Get(name);
        return token.String().Length > 0 ? token.String() : throw token.Error("the token is empty.");
    }
}
