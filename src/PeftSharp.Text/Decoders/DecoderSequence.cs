using PeftSharp.Text.Loading;

namespace PeftSharp.Text.Decoders;

/// <summary>Decoders one after another.</summary>
internal sealed class DecoderSequence : IDecoder
{
    private readonly IDecoder[] _decoders;

    public DecoderSequence(IDecoder[] decoders) => _decoders = decoders;

    public static DecoderSequence Read(JsonPart part) => new(Components.Decoders.ReadList(part, "decoders"));

    public void Apply(List<string> tokens)
    {
        foreach (IDecoder decoder in _decoders)
            decoder.Apply(tokens);
    }

    /// <summary>
    /// What every step calls stable. A step may change the number of tokens, and then its successor's count says nothing
    /// about the tokens that came in: it decides between all and none.
    /// </summary>
    public int CountStable(IReadOnlyList<string> tokens)
    {
        List<string> current = [.. tokens];
        int stable = tokens.Count;
        foreach (IDecoder decoder in _decoders)
        {
            int count = decoder.CountStable(current);
            if (current.Count == tokens.Count)
                stable = Math.Min(stable, count);
            else if (count < current.Count)
                return 0;
            decoder.Apply(current);
        }
        return stable;
    }
}
