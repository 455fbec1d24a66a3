using PeftSharp.Text.Models;

namespace PeftSharp.Text.SentencePiece;

/// <summary>
/// The merges of a BPE vocabulary that stores only scores: every way to make a piece of two others, the higher score
/// first, then the longer left side, then the longer right side, as transformers derives them.
/// </summary>
internal static class PieceMerges
{
    /// <summary>Sum of the squares of the pieces' lengths: the work. Real vocabularies have some ten million.</summary>
    private const long MostWork = 1L << 30;

    public static BpeMerges Of(SentencePieceModel model, Vocabulary vocabulary)
    {
        if (model.Pieces.Sum(p => (long)p.Text.Length * p.Text.Length) > MostWork)
            throw new InvalidDataException($"{model.Name}: the pieces are far longer than those of a real vocabulary.");
        List<Merge> merges = [];
        for (int id = 0; id < model.Pieces.Count; id++)
            if (vocabulary.TryGetId(model.Pieces[id].Text, out int own) && own == id)
                AddMerges(model.Pieces[id], id, vocabulary, merges);
        return BpeMerges.OfIds(
            [.. merges.OrderByDescending(m => m.Score).ThenByDescending(m => m.LeftLength).ThenByDescending(m => m.RightLength)
                .Select(m => (m.Left, m.Right, m.Id))]);
    }

    private static void AddMerges(ScoredPiece piece, int id, Vocabulary vocabulary, List<Merge> merges)
    {
        ReadOnlySpan<char> text = piece.Text;
        int first = merges.Count, total = CountCharacters(text);
        for (int at = 1, count = 1; at < text.Length; at++)
        {
            if (char.IsLowSurrogate(text[at]))
                continue;
            if (vocabulary.TryGetId(text[..at], out int left) && vocabulary.TryGetId(text[at..], out int right))
                merges.Add(new Merge(left, right, id, piece.Score, count, total - count));
            count++;
        }
        merges.Sort(first, merges.Count - first, s_byIds);
    }

    private static readonly Comparer<Merge> s_byIds = Comparer<Merge>.Create((x, y) => (x.Left, x.Right).CompareTo((y.Left, y.Right)));

    private static int CountCharacters(ReadOnlySpan<char> text)
    {
        int count = text.Length;
        foreach (char c in text)
            if (char.IsLowSurrogate(c))
                count--;
        return count;
    }

    private readonly record struct Merge(int Left, int Right, int Id, float Score, int LeftLength, int RightLength);
}
