using PeftSharp.Data;
using PeftSharp.Text;

namespace PeftSharp.Workflows.Tasks;

/// <summary>The tokenizer of a run, with the length that every example is cut to.</summary>
/// <param name="tokenizer">The base's tokenizer.</param>
/// <param name="maxLength">The most tokens of an example, special tokens included.</param>
/// <param name="vocabularySize">The rows of the model's embedding.</param>
internal sealed class TextEncoder(Tokenizer tokenizer, int maxLength, long vocabularySize)
{
    private readonly TruncationOptions _cut = new(maxLength) { KeepOverflow = true };

    /// <summary>The most tokens of an example.</summary>
    public int MaxLength => maxLength;

    /// <summary>The id of a token, or null.</summary>
    public int? IdOf(string? token) => token is null ? null : tokenizer.TokenToId(token);

    /// <summary>A text, or a pair of texts, cut to length.</summary>
    /// <exception cref="InvalidDataException">The special tokens alone are longer than <see cref="MaxLength"/>, or an id is not in the model's vocabulary.</exception>
    public Encoding Encode(string text, string? pair, RowPlace place) =>
        Checked(place, () => pair is null ? tokenizer.Encode(text, truncation: _cut) : tokenizer.Encode(text, pair, truncation: _cut));

    /// <summary>A text without special tokens and whole.</summary>
    public Encoding EncodeBare(string text, RowPlace place) => Checked(place, () => tokenizer.Encode(text, addSpecialTokens: false));

    /// <summary>A text with special tokens and whole.</summary>
    public Encoding EncodeWhole(string text, RowPlace place) => Checked(place, () => tokenizer.Encode(text));

    /// <summary>Words that are split already, cut to length.</summary>
    public Encoding EncodeWords(IReadOnlyList<string> words, RowPlace place) =>
        Checked(place, () => tokenizer.EncodeWords(words, truncation: _cut));

    /// <summary>A question and its context in windows that share <paramref name="stride"/> tokens; the question stays whole.</summary>
    public IReadOnlyList<Encoding> EncodeWindows(string question, string context, int stride, RowPlace place)
    {
        Encoding first = Checked(place, () =>
        {
            int room = maxLength - tokenizer.CountSpecialTokens(pair: true) - tokenizer.Encode(question, addSpecialTokens: false).Length;
            if (room < 1)
                throw new ArgumentException($"the question leaves no room for its context in {maxLength} tokens");
            return tokenizer.Encode(question, context, truncation: _cut with { Strategy = TruncationStrategy.OnlySecond, Stride = Math.Min(stride, room / 2) });
        });
        return [first, .. first.Overflowing];
    }

    /// <summary>Segment ids where a second text makes them say something.</summary>
    public static int[]? TypeIds(Encoding encoding) =>
        encoding.TypeIds.IndexOfAnyExcept(0) < 0 ? null : encoding.TypeIds.ToArray();

    private Encoding Checked(RowPlace place, Func<Encoding> encode)
    {
        Encoding encoding;
        try
        {
            encoding = encode();
        }
        catch (ArgumentException error)
        {
            throw place.Error($"cannot be encoded with max_length {maxLength}: {error.Message}", error);
        }
        if (encoding.Length == 0)
            throw place.Error("the text has no tokens.");
        foreach (int id in encoding.Ids)
            if (id >= vocabularySize)
                throw place.Error($"token \"{tokenizer.IdToToken(id)}\" has id {id} and the model's embedding {vocabularySize} rows: tokenizer and model are of different vocabularies.");
        return encoding;
    }
}
