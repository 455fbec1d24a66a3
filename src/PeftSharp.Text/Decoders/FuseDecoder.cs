using PeftSharp.Text.Loading;

namespace PeftSharp.Text.Decoders;

/// <summary>Joins all tokens into one.</summary>
internal sealed class FuseDecoder : IDecoder
{
    public static FuseDecoder Read(JsonPart part)
    {
        part.AllowOnly("type");
        return new FuseDecoder();
    }

    public void Apply(List<string> tokens)
    {
        string joined = string.Concat(tokens);
        tokens.Clear();
        tokens.Add(joined);
    }
}
