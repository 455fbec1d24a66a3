using PeftSharp.Text.PostProcessors;

namespace PeftSharp.Text.Pipeline;

/// <summary>Cuts the sequences, puts special tokens around them and adjusts offsets.</summary>
internal sealed class EncodingAssembler
{
    private readonly Tokenizer _tokenizer;
    private readonly IPostProcessor? _processor;
    private readonly Layout _single;
    private readonly Layout _pair;

    public EncodingAssembler(Tokenizer tokenizer, IPostProcessor? processor)
    {
        _tokenizer = tokenizer;
        _processor = processor;
        _single = processor?.LayoutFor(pair: false) ?? Layout.Single;
        _pair = processor?.LayoutFor(pair: true) ?? Layout.Pair;
    }

    public Layout LayoutFor(bool pair) => pair ? _pair : _single;

    public Encoding Assemble(TokenBuffer first, TokenBuffer? second, bool addSpecialTokens, TruncationOptions? truncation)
    {
        Layout layout = LayoutFor(second is not null);
        TruncationPlan plan = TruncationPlan.Create(
            first.Count, second?.Count, addSpecialTokens ? layout.SpecialCount : 0, truncation);
        Assembly assembly = new(this, layout, first, second, addSpecialTokens);
        if (plan.First.Length == 1 && plan.Second is not { Length: > 1 })
            return assembly.Build(plan.First[0], plan.Second?[0], []);

        List<Encoding> overflowing = [];
        foreach (Range piece in plan.First.AsSpan(1))
            foreach (Range? other in OrNull(plan.Second))
                overflowing.Add(assembly.Build(piece, other, []));
        if (plan.Second is not null)
            foreach (Range other in plan.Second.AsSpan(1))
                overflowing.Add(assembly.Build(plan.First[0], other, []));
        return assembly.Build(plan.First[0], plan.Second?[0], overflowing);
    }

    private static IEnumerable<Range?> OrNull(Range[]? ranges) => ranges is null ? [null] : ranges.Select(r => (Range?)r);

    /// <summary>The inputs of one <see cref="Assemble"/>.</summary>
    private readonly struct Assembly(
        EncodingAssembler owner, Layout layout, TokenBuffer first, TokenBuffer? second, bool addSpecialTokens)
    {
        public Encoding Build(Range firstRange, Range? secondRange, IReadOnlyList<Encoding> overflowing)
        {
            int length = 0, runCount = 0;
            foreach (LayoutPart part in layout.Parts)
            {
                if (part.IsSpecial && !addSpecialTokens)
                    continue;
                length += part.IsSpecial ? part.SpecialIds.Length : Slice(part, firstRange, secondRange).Length;
                runCount++;
            }

            int[] ids = new int[length];
            TokenOffset[] offsets = new TokenOffset[length];
            int[] words = new int[length];
            EncodingRun[] runs = new EncodingRun[runCount];
            List<(int, string)>? literals = null;
            int at = 0, run = 0;
            foreach (LayoutPart part in layout.Parts)
            {
                if (part.IsSpecial)
                {
                    if (!addSpecialTokens)
                        continue;
                    part.SpecialIds.CopyTo(ids.AsSpan(at));
                    words.AsSpan(at, part.SpecialIds.Length).Fill(-1);
                    runs[run++] = new EncodingRun(RunKind.Special, part.TypeId, part.SpecialIds.Length);
                    at += part.SpecialIds.Length;
                    continue;
                }
                TokenBuffer tokens = part.Sequence == 0 ? first : second!;
                (int start, int count) = Slice(part, firstRange, secondRange);
                tokens.Ids.Slice(start, count).CopyTo(ids.AsSpan(at));
                tokens.Words.Slice(start, count).CopyTo(words.AsSpan(at));
                CopyOffsets(tokens, start, offsets.AsSpan(at, count));
                foreach ((int index, string text) in tokens.Literals)
                    if (index >= start && index < start + count)
                        (literals ??= []).Add((index - start + at, text));
                runs[run++] = new EncodingRun((RunKind)part.Sequence, part.TypeId, count);
                at += count;
            }
            return new Encoding(owner._tokenizer, ids, offsets, words, runs, literals ?? (IReadOnlyList<(int, string)>)[], overflowing);
        }

        private (int Start, int Length) Slice(LayoutPart part, Range firstRange, Range? secondRange) => part.Sequence == 0
            ? firstRange.GetOffsetAndLength(first.Count)
            : secondRange!.Value.GetOffsetAndLength(second!.Count);

        private void CopyOffsets(TokenBuffer tokens, int start, Span<TokenOffset> offsets)
        {
            ReadOnlySpan<int> starts = tokens.Starts[start..], ends = tokens.Ends[start..];
            for (int i = 0; i < offsets.Length; i++)
                offsets[i] = new TokenOffset(starts[i], ends[i]);
            if (owner._processor is not { AdjustsOffsets: true } processor)
                return;
            int literal = 0;
            for (int i = 0; i < offsets.Length; i++)
            {
                while (literal < tokens.Literals.Count && tokens.Literals[literal].Index < start + i)
                    literal++;
                string? token = literal < tokens.Literals.Count && tokens.Literals[literal].Index == start + i
                    ? tokens.Literals[literal].Text
                    : owner._tokenizer.IdToToken(tokens.Ids[start + i]);
                offsets[i] = processor.AdjustOffset(i, token, offsets[i]);
            }
        }
    }
}
