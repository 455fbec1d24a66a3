using PeftSharp.Text.Pipeline;

namespace PeftSharp.Text;

/// <summary>
/// A text as token ids, ready for a model. Everything but <see cref="Ids"/>, <see cref="Offsets"/> and
/// <see cref="WordIds"/> is worked out when it is first asked for. Immutable, safe for many threads.
/// </summary>
public sealed class Encoding
{
    private readonly Tokenizer _tokenizer;
    private readonly int[] _ids;
    private readonly TokenOffset[] _offsets;
    private readonly int[] _words;
    private readonly EncodingRun[] _runs;
    private readonly IReadOnlyList<(int Index, string Text)> _literals;
    private int[]? _typeIds;
    private int[]? _attentionMask;
    private int[]? _specialTokensMask;
    private int[]? _sequenceIds;
    private string[]? _tokens;

    internal Encoding(
        Tokenizer tokenizer,
        int[] ids,
        TokenOffset[] offsets,
        int[] words,
        EncodingRun[] runs,
        IReadOnlyList<(int Index, string Text)> literals,
        IReadOnlyList<Encoding> overflowing)
    {
        _tokenizer = tokenizer;
        _ids = ids;
        _offsets = offsets;
        _words = words;
        _runs = runs;
        _literals = literals;
        Overflowing = overflowing;
    }

    /// <summary>Number of tokens, special tokens and padding included.</summary>
    public int Length => _ids.Length;

    /// <summary>Token ids, length <see cref="Length"/>.</summary>
    public ReadOnlySpan<int> Ids => _ids;

    /// <summary>Token type ids (0 or 1 for most models), length <see cref="Length"/>.</summary>
    public ReadOnlySpan<int> TypeIds => _typeIds ??= Expand(run => run.TypeId);

    /// <summary>1 for every token but padding, which has 0; length <see cref="Length"/>.</summary>
    public ReadOnlySpan<int> AttentionMask => _attentionMask ??= Expand(run => run.Kind == RunKind.Padding ? 0 : 1);

    /// <summary>1 for special tokens that the tokenizer added and for padding, else 0; length <see cref="Length"/>.</summary>
    public ReadOnlySpan<int> SpecialTokensMask =>
        _specialTokensMask ??= Expand(run => run.Kind is RunKind.Special or RunKind.Padding ? 1 : 0);

    /// <summary>0 for tokens of the first sequence, 1 for the second, −1 for special tokens and padding.</summary>
    public ReadOnlySpan<int> SequenceIds =>
        _sequenceIds ??= Expand(run => run.Kind is RunKind.Special or RunKind.Padding ? -1 : (int)run.Kind);

    /// <summary>Where each token stands in its original text, in code points; length <see cref="Length"/>.</summary>
    public ReadOnlySpan<TokenOffset> Offsets => _offsets;

    /// <summary>
    /// Which word each token belongs to: the index in the given word list, or else of the pre-tokenizer's piece; −1 for
    /// special tokens and padding.
    /// </summary>
    public ReadOnlySpan<int> WordIds => _words;

    /// <summary>The tokens as text: as the vocabulary has them, or as they were matched for added tokens.</summary>
    public IReadOnlyList<string> Tokens => _tokens ??= BuildTokens();

    /// <summary>What truncation cut off, as further pieces; empty unless <see cref="TruncationOptions.KeepOverflow"/> was set.</summary>
    public IReadOnlyList<Encoding> Overflowing { get; }

    /// <summary>The ids as an array of the caller's own.</summary>
    public int[] ToIdArray() => [.. _ids];

    /// <summary>This encoding, and what overflowed from it, padded to <paramref name="length"/>; itself if it is long enough.</summary>
    internal Encoding Pad(int length, PaddingOptions options)
    {
        Encoding[] overflowing = [.. Overflowing.Select(piece => piece.Pad(length, options))];
        int extra = length - Length;
        if (extra <= 0)
            return overflowing.Length == 0 ? this : With(_ids, _offsets, _words, _runs, _literals, overflowing);
        bool left = options.Direction == TextSide.Left;
        EncodingRun padding = new(RunKind.Padding, options.PadTypeId, extra);
        int shift = left ? extra : 0;
        List<(int, string)> literals = [.. _literals.Select(l => (l.Index + shift, l.Text))];
        int firstPad = left ? 0 : Length;
        if (options.PadToken != _tokenizer.IdToToken(options.PadId))
            literals.AddRange(Enumerable.Range(firstPad, extra).Select(i => (i, options.PadToken)));
        return With(
            Extend(_ids, extra, left, options.PadId),
            Extend(_offsets, extra, left, default),
            Extend(_words, extra, left, -1),
            left ? [padding, .. _runs] : [.. _runs, padding],
            literals,
            overflowing);
    }

    private Encoding With(
        int[] ids,
        TokenOffset[] offsets,
        int[] words,
        EncodingRun[] runs,
        IReadOnlyList<(int Index, string Text)> literals,
        IReadOnlyList<Encoding> overflowing) => new(_tokenizer, ids, offsets, words, runs, literals, overflowing);

    private static T[] Extend<T>(T[] source, int extra, bool left, T value)
    {
        T[] extended = new T[source.Length + extra];
        source.CopyTo(extended, left ? extra : 0);
        extended.AsSpan(left ? 0 : source.Length, extra).Fill(value);
        return extended;
    }

    private int[] Expand(Func<EncodingRun, int> valueOf)
    {
        int[] values = new int[_ids.Length];
        int at = 0;
        foreach (EncodingRun run in _runs)
        {
            values.AsSpan(at, run.Length).Fill(valueOf(run));
            at += run.Length;
        }
        return values;
    }

    private string[] BuildTokens()
    {
        string[] tokens = new string[_ids.Length];
        for (int i = 0; i < tokens.Length; i++)
            tokens[i] = _tokenizer.IdToToken(_ids[i]) ?? "";
        foreach ((int index, string text) in _literals)
            tokens[index] = text;
        return tokens;
    }
}
