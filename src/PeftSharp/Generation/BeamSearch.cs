using PeftSharp.Data;
using PeftSharp.Generation.Decoding;
using PeftSharp.Generation.Processing;
using PeftSharp.Generation.Sampling;

namespace PeftSharp.Generation;

/// <summary>
/// Beam search as transformers 5 does it: several continuations of each prompt are followed at once, those that end are
/// set aside with their length-normalised score, and the best of them are the result. Where tokens are drawn, the
/// continuations are drawn by their probability, without repetition, in place of the best ones.
/// </summary>
internal sealed class BeamSearch
{
    private readonly DecodingRun _run;
    private readonly PromptTokens[] _prompts;
    private readonly int _beams;
    private readonly BeamGroup[] _groups;
    private readonly int[] _wanted;
    private readonly TimeLimit _time;
    private readonly LogitsProcessors _processors;
    private readonly LogitsProcessors? _drawing;

    public BeamSearch(DecodingRun run, PromptTokens[] prompts, GenerationOptions options, int[] wanted)
    {
        _run = run;
        _prompts = prompts;
        _beams = options.NumBeams;
        _wanted = wanted;
        ulong seed = TextSeed.Of(options);
        _groups = [.. prompts.Select((prompt, row) => new BeamGroup(
            prompt, options, wanted[row], run.Vocabulary, options.DoSample ? new CounterRandom(seed, (ulong)row) : null))];
        _time = TimeLimit.Start(options.MaxTime);
        _processors = LogitsProcessors.Of(options, run.Vocabulary);
        _drawing = options.DoSample ? LogitsProcessors.OfDrawing(options, run.Vocabulary, beams: true, out _) : null;
    }

    public GeneratedTokens[] Run(CancellationToken cancellationToken)
    {
        int[] tokens = new int[_prompts.Length * _beams];
        int[] sources = new int[tokens.Length];
        _run.Start([.. _prompts.SelectMany(prompt => Enumerable.Repeat(prompt, _beams))]);
        while (true)
        {
            for (int group = 0; group < _groups.Length; group++)
                Step(group, tokens, sources);
            if (Array.TrueForAll(_groups, group => group.IsDone))
                break;
            cancellationToken.ThrowIfCancellationRequested();
            _run.Reorder(sources);
            _run.Next(tokens);
        }
        return [.. _groups.SelectMany(group => group.Results())];
    }

    private void Step(int index, Span<int> tokens, Span<int> sources)
    {
        BeamGroup group = _groups[index];
        int first = index * _beams;
        for (int beam = 0; beam < _beams && !group.IsDone; beam++)
        {
            Span<float> scores = _run.Logits(first + beam);
            Scores.LogSoftmax(scores);
            GrowingText text = new(group.Sequence(beam), _prompts[index], _wanted[index]);
            _processors.Process(text, scores);
            _drawing?.Process(text, scores);
            group.Offer(beam, scores);
        }
        group.Advance(tokens.Slice(first, _beams), sources.Slice(first, _beams), _time.IsOver);
        foreach (ref int source in sources.Slice(first, _beams))
            source += first;
    }
}
