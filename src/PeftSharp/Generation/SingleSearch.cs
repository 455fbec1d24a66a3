using PeftSharp.Data;
using PeftSharp.Generation.Decoding;
using PeftSharp.Generation.Sampling;

namespace PeftSharp.Generation;

/// <summary>One continuation a prompt: the likeliest token every time, or one drawn.</summary>
internal sealed class SingleSearch
{
    private readonly DecodingRun _run;
    private readonly int[][] _prompts;
    private readonly GenerationOptions _options;
    private readonly int _wanted;
    private readonly TokenSink? _onToken;
    private readonly RepetitionPenalty _penalty;
    private readonly TokenSampler? _sampler;
    private readonly CounterRandom[] _random;
    private readonly TokenSequence[] _sequences;

    public SingleSearch(DecodingRun run, int[][] prompts, GenerationOptions options, int wanted, TokenSink? onToken)
    {
        _run = run;
        _prompts = prompts;
        _options = options;
        _wanted = wanted;
        _onToken = onToken;
        _penalty = new RepetitionPenalty(options.RepetitionPenalty, run.Vocabulary);
        _sampler = options.DoSample ? new TokenSampler(options, run.Vocabulary) : null;
        ulong seed = options.Seed ?? (ulong)Random.Shared.NextInt64();
        _random = [.. prompts.Select((_, row) => new CounterRandom(seed, (ulong)row))];
        _sequences = [.. prompts.Select(prompt => new TokenSequence(prompt, wanted))];
    }

    public GeneratedTokens[] Run(CancellationToken cancellationToken)
    {
        FinishReason?[] reasons = new FinishReason?[_prompts.Length];
        int[] next = new int[_prompts.Length];
        int running = _prompts.Length;
        _run.Start(_prompts);
        while (true)
        {
            for (int row = 0; row < next.Length; row++)
            {
                next[row] = _options.PadTokenId!.Value;
                if (reasons[row] is not null)
                    continue;
                next[row] = Choose(row);
                _sequences[row].Add(next[row]);
                reasons[row] = ReasonToEnd(row, next[row]);
                running -= reasons[row] is null ? 0 : 1;
            }
            if (running == 0)
                break;
            cancellationToken.ThrowIfCancellationRequested();
            _run.Next(next);
        }
        return [.. _sequences.Select((sequence, row) => new GeneratedTokens(sequence.NewTokens.ToArray(), reasons[row]!.Value, _prompts[row].Length))];
    }

    private int Choose(int row)
    {
        Span<float> logits = _run.Logits(row);
        _penalty.Apply(_sequences[row].Tokens, logits);
        return _sampler?.Draw(logits, ref _random[row]) ?? Scores.ArgMax(logits);
    }

    private FinishReason? ReasonToEnd(int row, int token)
    {
        // Everyone is told of every token, the last one too.
        bool goesOn = _onToken?.Invoke(row, token) ?? true;
        return !goesOn || (_options.EosTokenIds?.Contains(token) ?? false) ? FinishReason.Stop
            : _sequences[row].NewTokens.Length == _wanted ? FinishReason.Length
            : null;
    }
}
