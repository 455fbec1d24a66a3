using PeftSharp.Text.Loading;
using PeftSharp.Text.Pipeline;

namespace PeftSharp.Text.Models;

/// <summary>
/// Byte pair encoding (Sennrich et al. 2016): a word starts as characters; the adjacent pair of the lowest rank is merged,
/// the leftmost first, until no pair has a rank.
/// </summary>
internal sealed class BpeModel : ITokenModel
{
    private readonly BpeAlphabet _alphabet;
    private readonly BpeMerges _merges;
    private readonly bool _ignoreMerges;
    private readonly WordCache _cache = new();

    private BpeModel(Vocabulary vocabulary, BpeAlphabet alphabet, BpeMerges merges, bool ignoreMerges)
    {
        Vocabulary = vocabulary;
        _alphabet = alphabet;
        _merges = merges;
        _ignoreMerges = ignoreMerges;
    }

    public Vocabulary Vocabulary { get; }

    public static BpeModel Read(JsonPart part)
    {
        part.AllowOnly(
            "type", "dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix", "fuse_unk", "byte_fallback",
            "ignore_merges", "vocab", "merges");
        // Merges are left out at random while a model is trained to make it robust; a text here has one encoding.
        if (part.Find("dropout") is { } dropout && dropout.Number() is not (>= 0 and <= 1))
            throw dropout.Expected("a number from 0 to 1");
        Vocabulary vocabulary = Vocabulary.Read(part.Get("vocab"));
        string prefix = part.Find("continuing_subword_prefix")?.String() ?? "";
        return new BpeModel(
            vocabulary,
            new BpeAlphabet(
                vocabulary,
                ReadUnknown(part, vocabulary),
                part.Bool("fuse_unk", ifMissing: false),
                part.Bool("byte_fallback", ifMissing: false),
                prefix,
                part.Find("end_of_word_suffix")?.String() ?? ""),
            BpeMerges.Read(part.Get("merges"), vocabulary, prefix),
            part.Bool("ignore_merges", ifMissing: false));
    }

    /// <summary>A model over byte glyphs, where nothing is unknown.</summary>
    public static BpeModel OfBytes(Vocabulary vocabulary, BpeMerges merges) =>
        new(vocabulary, new BpeAlphabet(vocabulary, null, fuseUnknown: false, byteFallback: false, "", ""), merges, ignoreMerges: false);

    /// <summary>A model over SentencePiece's pieces: unknown neighbours are one token.</summary>
    public static BpeModel OfPieces(Vocabulary vocabulary, BpeMerges merges, int unknownId, bool byteFallback) =>
        new(vocabulary, new BpeAlphabet(vocabulary, unknownId, fuseUnknown: true, byteFallback, "", ""), merges, ignoreMerges: false);

    public void Tokenize(ReadOnlySpan<char> piece, TokenBuffer tokens)
    {
        if (_cache.TryReplay(piece, tokens))
            return;
        int first = tokens.Count;
        if (_ignoreMerges && Vocabulary.TryGetId(piece, out int whole))
        {
            tokens.Add(whole, 0, piece.Length);
        }
        else
        {
            using BpeWord word = new(piece.Length);
            _alphabet.Spell(piece, word);
            _merges.Apply(word);
            word.WriteTo(piece, tokens);
        }
        _cache.Store(piece, tokens, first);
    }

    private static int? ReadUnknown(JsonPart part, Vocabulary vocabulary)
    {
        if (part.Find("unk_token") is not { } unknown)
            return null;
        return vocabulary.TryGetId(unknown.String(), out int id)
            ? id
            : throw unknown.Error($"the unknown token \"{JsonPart.Shorten(unknown.String())}\" is not in the vocabulary.");
    }
}
