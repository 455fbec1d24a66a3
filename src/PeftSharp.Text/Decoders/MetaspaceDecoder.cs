using PeftSharp.Text.Loading;

namespace PeftSharp.Text.Decoders;

/// <summary>The mark becomes a space, or nothing in the first token where the tokenizer put one in front.</summary>
internal sealed class MetaspaceDecoder : IDecoder
{
    private readonly string _mark;
    private readonly bool _dropInFirst;

    public MetaspaceDecoder(string mark, bool dropInFirst)
    {
        _mark = mark;
        _dropInFirst = dropInFirst;
    }

    public static MetaspaceDecoder Read(JsonPart part)
    {
        MetaspaceOptions options = MetaspaceOptions.Read(part);
        return new MetaspaceDecoder(options.Replacement.ToString(), options.Scheme != PrependScheme.Never);
    }

    public void Apply(List<string> tokens)
    {
        for (int i = 0; i < tokens.Count; i++)
            tokens[i] = tokens[i].Replace(_mark, i == 0 && _dropInFirst ? "" : " ", StringComparison.Ordinal);
    }
}
