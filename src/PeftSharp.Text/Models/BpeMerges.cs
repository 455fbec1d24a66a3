using System.Text.Json;
using PeftSharp.Text.Loading;

namespace PeftSharp.Text.Models;

/// <summary>The ranked pairs of a BPE model.</summary>
internal sealed class BpeMerges
{
    private readonly PairTable _pairs;

    private BpeMerges(PairTable pairs) => _pairs = pairs;

    /// <summary>Reads <c>["a b", …]</c> or <c>[["a", "b"], …]</c>; a merge's place in the list is its rank.</summary>
    public static BpeMerges Read(JsonPart part, Vocabulary vocabulary, string prefix)
    {
        PairTable pairs = new(part.IsKind(JsonValueKind.Array) ? part.Element.GetArrayLength() : 0);
        int rank = 0;
        foreach (JsonPart item in part.Items())
        {
            (string left, string right) = ReadPair(item);
            string continued = prefix.Length > 0 && right.StartsWith(prefix, StringComparison.Ordinal) ? right[prefix.Length..] : right;
            // A pair that stands twice keeps the later rank, as in Hugging Face's library.
            pairs.Set(
                IdOf(item, left, vocabulary), IdOf(item, right, vocabulary), rank++, IdOf(item, left + continued, vocabulary));
        }
        return new BpeMerges(pairs);
    }

    /// <summary>Merges in the order of their rank.</summary>
    public static BpeMerges OfIds(IReadOnlyList<(int Left, int Right, int Merged)> merges)
    {
        PairTable pairs = new(merges.Count);
        for (int rank = 0; rank < merges.Count; rank++)
            pairs.Set(merges[rank].Left, merges[rank].Right, rank, merges[rank].Merged);
        return new BpeMerges(pairs);
    }

    /// <summary>Reads merges.txt, which errors call <paramref name="name"/>: two tokens a line, below a line that may name the version.</summary>
    public static BpeMerges ReadLines(string text, string name, Vocabulary vocabulary)
    {
        List<(int, int, int)> merges = [];
        string[] lines = text.Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            string line = lines[i].TrimEnd('\r');
            if (line.Length == 0 || (i == 0 && line.StartsWith("#version", StringComparison.Ordinal)))
                continue;
            string[] sides = line.Split(' ');
            string where = $"{name}: line {i + 1}";
            merges.Add(sides.Length == 2
                ? (IdOf(where, sides[0]), IdOf(where, sides[1]), IdOf(where, sides[0] + sides[1]))
                : throw new InvalidDataException($"{where}: expected two tokens with one space between."));
        }
        return OfIds(merges);

        int IdOf(string where, string token) => vocabulary.TryGetId(token, out int id)
            ? id
            : throw new InvalidDataException($"{where}: the merge needs the token \"{JsonPart.Shorten(token)}\", which the vocabulary does not have.");
    }

    public void Apply(BpeWord word)
    {
        for (int i = 0; i + 1 < word.Count; i++)
            Propose(word, i);
        while (word.TryPop(out int rank, out int position))
        {
            // What is on the heap may be out of date: the pair must still be there, with that rank.
            if (!TryGet(word, position, out int current, out int newId) || current != rank)
                continue;
            word.Merge(position, newId);
            Propose(word, position);
            if (word.PreviousOf(position) is var previous and >= 0)
                Propose(word, previous);
        }
    }

    private static (string Left, string Right) ReadPair(JsonPart item)
    {
        if (item.IsKind(JsonValueKind.String))
        {
            string[] sides = item.String().Split(' ');
            return sides.Length == 2 ? (sides[0], sides[1]) : throw item.Expected("two tokens with one space between");
        }
        JsonPart[] pair = item.IsKind(JsonValueKind.Array) && item.Element.GetArrayLength() == 2 ? [.. item.Items()] : [];
        return pair.Length == 2 ? (pair[0].String(), pair[1].String()) : throw item.Expected("a list of two tokens");
    }

    private static int IdOf(JsonPart item, string token, Vocabulary vocabulary) => vocabulary.TryGetId(token, out int id)
        ? id
        : throw item.Error($"the merge needs the token \"{JsonPart.Shorten(token)}\", which the vocabulary does not have.");

    private void Propose(BpeWord word, int position)
    {
        if (TryGet(word, position, out int rank, out _))
            word.Push(rank, position);
    }

    private bool TryGet(BpeWord word, int position, out int rank, out int newId)
    {
        rank = newId = 0;
        int left = word.IdAt(position);
        return left >= 0
            && word.NextOf(position) is var next and >= 0
            && _pairs.TryGet(left, word.IdAt(next), out rank, out newId);
    }
}
