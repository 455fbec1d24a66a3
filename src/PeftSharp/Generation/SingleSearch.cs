using PeftSharp.Data;
using PeftSharp.Generation.Decoding;
using PeftSharp.Generation.Processing;
using PeftSharp.Generation.Sampling;

namespace PeftSharp.Generation;

/// <summary>One continuation a prompt: the likeliest token every time, or one drawn.</summary>
internal sealed class SingleSearch
{
    private readonly DecodingRun _run;
    private readonly PromptTokens[] _prompts;
    private readonly GenerationOptions _options;
    private readonly int[] _wanted;
    private readonly TokenSink? _onToken;
    private readonly TimeLimit _time;
    private readonly LogitsProcessors _processors;
    private readonly LogitsProcessors _drawing;
    private readonly TokenSampler? _sampler;
    private readonly CounterRandom[] _random;
    private readonly TokenSequence[] _sequences;

    public SingleSearch(DecodingRun run, PromptTokens[] prompts, GenerationOptions options, int[] wanted, TokenSink? onToken)
    {
        _run = run;
        _prompts = prompts;
        _options = options;
        _wanted = wanted;
        _onToken = onToken;
        _time = TimeLimit.Start(options.MaxTime);
        _processors = LogitsProcessors.Of(options, run.Vocabulary);
        _drawing = LogitsProcessors.OfDrawing(options, run.Vocabulary, beams: false, out GenerationOptions left);
        _sampler = options.DoSample ? new TokenSampler(left, run.Vocabulary) : null;
        ulong seed = TextSeed.Of(options);
        _random = [.. prompts.Select((_, row) => new CounterRandom(seed, (ulong)row))];
        _sequences = [.. prompts.Select((prompt, row) => new TokenSequence(prompt.Begin, wanted[row]))];
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
        return [.. _sequences.Select((sequence, row) => new GeneratedTokens(sequence.NewTokens.ToArray(), reasons[row]!.Value, _prompts[row].Given.Length))];
    }

    private int Choose(int row)
    {
        Span<float> logits = _run.Logits(row);
        GrowingText text = new(_sequences[row].Tokens, _prompts[row], _wanted[row]);
        _processors.Process(text, logits);
        if (_sampler is null)
            return Scores.ArgMax(logits);
        _drawing.Process(text, logits);
        return _sampler.Draw(logits, ref _random[row]);
    }

    private FinishReason? ReasonToEnd(int row, int token)
    {
        // Everyone is told of every token, the last one too.
        bool goesOn = _onToken?.Invoke(row, token) ?? true;
        return !goesOn || (_options.EosTokenIds?.Contains(token) ?? false) ? FinishReason.Stop
            : _sequences[row].NewTokens.Length == _wanted[row] || _time.IsOver ? FinishReason.Length
            : null;
    }
}
