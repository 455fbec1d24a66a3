using System.Buffers;
using PeftSharp.Text.Models;
using PeftSharp.Text.Normalizers;
using PeftSharp.Text.PreTokenizers;

namespace PeftSharp.Text.Pipeline;

/// <summary>
/// Text to tokens, without special tokens: added tokens in the raw text, normalizer, added tokens in the normalized text,
/// pre-tokenizer, model.
/// </summary>
internal sealed class SequenceEncoder
{
    private readonly AddedVocabulary _added;
    private readonly INormalizer? _normalizer;
    private readonly IPreTokenizer? _preTokenizer;
    private readonly ITokenModel _model;

    public SequenceEncoder(AddedVocabulary added, INormalizer? normalizer, IPreTokenizer? preTokenizer, ITokenModel model)
    {
        _added = added;
        _normalizer = normalizer;
        _preTokenizer = preTokenizer;
        _model = model;
    }

    /// <summary>Adds the tokens of <paramref name="text"/>; every token gets <paramref name="word"/>, or its piece's index if null.</summary>
    public void Encode(string text, int? word, EncodeWorkspace workspace, TokenBuffer tokens)
    {
        int first = tokens.Count;
        bool hasSurrogates = text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF') >= 0;
        if (hasSurrogates)
            text = ReplaceLoneSurrogates(text);
        int pieceIndex = 0;
        int covered = 0;
        workspace.Text.Budget.Begin(text.Length);
        _added.Raw.FindAll(text, workspace.RawMatches);
        foreach (AddedTokenMatch match in workspace.RawMatches)
        {
            EncodeStretch(text, covered, match.Start, word, ref pieceIndex, workspace, tokens);
            AddRawMatch(text, match, word ?? pieceIndex++, workspace, tokens);
            covered = match.End;
        }
        EncodeStretch(text, covered, text.Length, word, ref pieceIndex, workspace, tokens);
        if (hasSurrogates)
            ConvertToCodePoints(text, tokens.Starts[first..], tokens.Ends[first..]);
    }

    private static void AddRawMatch(string text, AddedTokenMatch match, int word, EncodeWorkspace workspace, TokenBuffer tokens)
    {
        ReadOnlySpan<char> matched = text.AsSpan(match.Start, match.End - match.Start);
        workspace.Text.Reset(matched, match.Start);
        AddToken(match.Token.Id, match.Token.Content, matched, tokens);
        tokens.PlaceFrom(tokens.Count - 1, workspace.Text, 0, word);
    }

    private static void AddToken(int id, string? content, ReadOnlySpan<char> matched, TokenBuffer tokens)
    {
        if (matched.SequenceEqual(content))
            tokens.Add(id, 0, matched.Length);
        else
            tokens.AddLiteral(id, 0, matched.Length, matched.ToString());
    }

    private void EncodeStretch(
        string text, int start, int end, int? word, ref int pieceIndex, EncodeWorkspace workspace, TokenBuffer tokens)
    {
        if (start >= end)
            return;
        NormalizedText normalized = workspace.Text;
        normalized.Reset(text.AsSpan(start, end - start), start);
        _normalizer?.Apply(normalized);

        PieceBuffer pieces = workspace.Pieces;
        _added.Normalized.FindAll(normalized.Chars, workspace.Matches);
        SetInitial(pieces, normalized.Chars.Length, workspace.Matches);
        _preTokenizer?.Apply(pieces);

        for (int i = 0; i < pieces.Count; i++)
        {
            Piece piece = pieces[i];
            int first = tokens.Count;
            if (piece.IsToken)
                AddToken(piece.TokenId, _added.ContentOf(piece.TokenId), pieces.CharsOf(piece), tokens);
            else
                _model.Tokenize(pieces.CharsOf(piece), tokens);
            tokens.PlaceFrom(first, normalized, piece.Start, word ?? pieceIndex);
            pieceIndex++;
        }
    }

    /// <summary>The added tokens as pieces, and what is between them.</summary>
    private static void SetInitial(PieceBuffer pieces, int length, List<AddedTokenMatch> matches)
    {
        pieces.Clear();
        int covered = 0;
        foreach (AddedTokenMatch match in matches)
        {
            pieces.AddInitial(new Piece(covered, match.Start - covered));
            pieces.AddInitial(new Piece(match.Start, match.End - match.Start, match.Token.Id));
            covered = match.End;
        }
        pieces.AddInitial(new Piece(covered, length - covered));
    }

    private static string ReplaceLoneSurrogates(string text) => string.Create(text.Length, text, static (target, source) =>
    {
        source.CopyTo(target);
        for (int i = 0; i < target.Length; i++)
        {
            if (!char.IsSurrogate(target[i]))
                continue;
            if (i + 1 < target.Length && char.IsSurrogatePair(target[i], target[i + 1]))
                i++;
            else
                target[i] = '\uFFFD';
        }
    });

    private static void ConvertToCodePoints(string text, Span<int> starts, Span<int> ends)
    {
        int[] codePoints = ArrayPool<int>.Shared.Rent(text.Length + 1);
        int count = 0;
        for (int i = 0; i < text.Length; i++)
        {
            codePoints[i] = count;
            // The second half of a pair belongs to the character that began before it.
            if (!char.IsHighSurrogate(text[i]))
                count++;
        }
        codePoints[text.Length] = count;
        for (int i = 0; i < starts.Length; i++)
        {
            starts[i] = codePoints[starts[i]];
            ends[i] = codePoints[ends[i]];
        }
        ArrayPool<int>.Shared.Return(codePoints);
    }
}
