using System.Buffers;
using System.Text;
using System.Text.Json;
using PeftSharp.Text.Loading;
using PeftSharp.Text.Pipeline;

namespace PeftSharp.Text.Models;

/// <summary>
/// The unigram language model (Kudo 2018): the most probable cut of a piece, by Viterbi. A character that no token covers
/// alone may be unknown, at ten below the worst score; unknown neighbours are one token, or bytes where the file says so.
/// </summary>
internal sealed class UnigramModel : ITokenModel
{
    /// <summary>Longest token in UTF-16 units: the work on a text grows with it.</summary>
    private const int MaxTokenLength = 2048;

    private const double UnknownPenalty = 10;

    private readonly CharTrie _trie = new();
    private readonly double[] _scores;
    private readonly double _unknownScore;
    private readonly int? _unknownId;
    private readonly int[]? _byteIds;
    private readonly WordCache _cache = new();

    public UnigramModel(IReadOnlyList<(string Token, double Score)> pieces, int? unknownId, bool byteFallback)
    {
        Vocabulary = Vocabulary.OfList([.. pieces.Select(p => p.Token)]);
        _scores = [.. pieces.Select(p => p.Score)];
        for (int id = 0; id < pieces.Count; id++)
            if (pieces[id].Token.Length > 0)
                _trie.Add(pieces[id].Token, id);
        _unknownScore = _scores.DefaultIfEmpty(double.PositiveInfinity).Min() - UnknownPenalty;
        _unknownId = unknownId;
        if (byteFallback)
            _byteIds = Vocabulary.ByteIds();
    }

    public Vocabulary Vocabulary { get; }

    public static UnigramModel Read(JsonPart part)
    {
        part.AllowOnly("type", "unk_id", "vocab", "byte_fallback");
        JsonPart vocab = part.Get("vocab");
        List<(string, double)> pieces = [];
        foreach (JsonPart item in vocab.Items())
        {
            if (!item.IsKind(JsonValueKind.Array) || item.Element.GetArrayLength() != 2)
                throw item.Expected("a list of a token and its score");
            string token = new JsonPart(item.Element[0], item.File, item.Path).String();
            if (token.Length > MaxTokenLength)
                throw item.Error($"the token is longer than {MaxTokenLength} characters.");
            pieces.Add((token, new JsonPart(item.Element[1], item.File, item.Path).Number()));
        }
        int? unknownId = part.Find("unk_id")?.Id();
        if (unknownId >= pieces.Count)
            throw part.Get("unk_id").Error($"the vocabulary has only {pieces.Count} tokens.");
        return new UnigramModel(pieces, unknownId, part.Bool("byte_fallback", ifMissing: false));
    }

    public void Tokenize(ReadOnlySpan<char> piece, TokenBuffer tokens)
    {
        if (_cache.TryReplay(piece, tokens))
            return;
        int first = tokens.Count, literals = tokens.Literals.Count;
        Step[] steps = ArrayPool<Step>.Shared.Rent(piece.Length + 1);
        try
        {
            FindBest(piece, steps.AsSpan(0, piece.Length + 1));
            Write(piece, steps, tokens);
        }
        finally
        {
            ArrayPool<Step>.Shared.Return(steps);
        }
        if (tokens.Literals.Count == literals)
            _cache.Store(piece, tokens, first);
    }

    /// <summary>For each place in the piece the best last token that ends there.</summary>
    private void FindBest(ReadOnlySpan<char> piece, Span<Step> steps)
    {
        steps.Fill(new Step { Start = -1 });
        ReadOnlySpan<int> tokens = _trie.Tokens;
        for (int start = 0, length; start < piece.Length; start += length)
        {
            Rune.DecodeFromUtf16(piece[start..], out _, out length);
            double before = steps[start].Score;
            bool hasSingle = false;
            int node = CharTrie.Root;
            for (int end = start; end < piece.Length;)
            {
                node = _trie.Next(node, piece[end++]);
                if (node < 0)
                    break;
                int id = tokens[node];
                if (id < 0)
                    continue;
                Propose(ref steps[end], start, before + _scores[id], id);
                hasSingle |= end - start == length;
            }
            if (!hasSingle)
                Propose(ref steps[start + length], start, before + _unknownScore, _unknownId ?? throw NoUnknown(piece.Slice(start, length)));
        }
    }

    private static void Propose(ref Step step, int start, double score, int id)
    {
        if (step.Start < 0 || score > step.Score)
            step = new Step { Start = start, Score = score, Id = id };
    }

    private void Write(ReadOnlySpan<char> piece, Step[] steps, TokenBuffer tokens)
    {
        // Backwards to the beginning, leaving behind at each start where its token ends.
        for (int end = piece.Length; end > 0;)
        {
            int start = steps[end].Start;
            steps[start].End = end;
            end = start;
        }
        for (int start = 0, end; start < piece.Length; start = end)
        {
            end = steps[start].End;
            int id = steps[end].Id;
            if (id != _unknownId)
            {
                tokens.Add(id, start, end);
                continue;
            }
            while (end < piece.Length && steps[steps[end].End].Id == _unknownId)
                end = steps[end].End;
            WriteUnknown(piece[start..end], start, end, tokens);
        }
    }

    private void WriteUnknown(ReadOnlySpan<char> text, int start, int end, TokenBuffer tokens)
    {
        if (Vocabulary.TryGetId(text, out int known))
        {
            tokens.Add(known, start, end);
            return;
        }
        int count = System.Text.Encoding.UTF8.GetByteCount(text);
        byte[] bytes = ArrayPool<byte>.Shared.Rent(count);
        System.Text.Encoding.UTF8.GetBytes(text, bytes);
        if (_byteIds is not null && HasAll(bytes.AsSpan(0, count)))
            foreach (byte value in bytes.AsSpan(0, count))
                tokens.Add(_byteIds[value], start, end);
        else
            tokens.AddLiteral(_unknownId!.Value, start, end, text.ToString());
        ArrayPool<byte>.Shared.Return(bytes);
    }

    private bool HasAll(ReadOnlySpan<byte> bytes)
    {
        foreach (byte value in bytes)
            if (_byteIds![value] < 0)
                return false;
        return true;
    }

    private static InvalidDataException NoUnknown(ReadOnlySpan<char> character) =>
        new($"The tokenizer's vocabulary has no token for \"{character}\", and the model names no unknown token (\"unk_id\").");

    private struct Step
    {
        public int Start;
        public int End;
        public int Id;
        public double Score;
    }
}
