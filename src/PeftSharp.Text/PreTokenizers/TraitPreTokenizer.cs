using PeftSharp.Text.Loading;
using PeftSharp.Text.Pipeline;
using PeftSharp.Text.Unicode;

namespace PeftSharp.Text.PreTokenizers;

/// <summary>
/// Cuts at every character of some kind: <c>Digits</c> (numbers of any script), <c>Punctuation</c>, <c>WhitespaceSplit</c>.
/// </summary>
internal sealed class TraitPreTokenizer : IPreTokenizer
{
    private readonly CharTraits _delimiters;
    private readonly DelimiterBehavior _behavior;

    public TraitPreTokenizer(CharTraits delimiters, DelimiterBehavior behavior)
    {
        _delimiters = delimiters;
        _behavior = behavior;
    }

    public static TraitPreTokenizer ReadDigits(JsonPart part)
    {
        part.AllowOnly("type", "individual_digits");
        return new TraitPreTokenizer(
            CharTraits.Number,
            part.Get("individual_digits").Bool() ? DelimiterBehavior.Isolated : DelimiterBehavior.Contiguous);
    }

    public static TraitPreTokenizer ReadPunctuation(JsonPart part)
    {
        part.AllowOnly("type", "behavior");
        return Punctuation(
            part.Find("behavior") is { } behavior ? DelimiterCutter.Read(behavior) : DelimiterBehavior.Isolated);
    }

    public static TraitPreTokenizer ReadWhitespaceSplit(JsonPart part)
    {
        part.AllowOnly("type");
        return WhitespaceSplit();
    }

    public static TraitPreTokenizer WhitespaceSplit() => new(CharTraits.WhiteSpace, DelimiterBehavior.Removed);

    public static TraitPreTokenizer Punctuation(DelimiterBehavior behavior) => new(CharTraits.Punctuation, behavior);

    public void Apply(PieceBuffer pieces)
    {
        pieces.BeginPass();
        while (pieces.Next(out ReadOnlySpan<char> text))
        {
            DelimiterCutter cutter = new(pieces, _behavior);
            int start = 0;
            for (int i = 0, length; i < text.Length; i += length)
            {
                if ((CharTable.At(text, i, out length) & _delimiters) == 0)
                    continue;
                if (i > start)
                    cutter.Add(start, i - start, isDelimiter: false);
                cutter.Add(i, length, isDelimiter: true);
                start = i + length;
            }
            if (text.Length > start)
                cutter.Add(start, text.Length - start, isDelimiter: false);
            cutter.Finish();
        }
    }
}
