using PeftSharp.Generation.Decoding;
using PeftSharp.Generation.Sampling;

namespace PeftSharp.Generation;

/// <summary>
/// Beam search as transformers 5 does it: several continuations of each prompt are followed at once, those that end are
/// set aside with their length-normalised score, and the best of them is the result.
/// </summary>
internal sealed class BeamSearch
{
    private readonly DecodingRun _run;
    private readonly int[][] _prompts;
    private readonly int _beams;
    private readonly BeamGroup[] _groups;
    private readonly RepetitionPenalty _penalty;

    public BeamSearch(DecodingRun run, int[][] prompts, GenerationOptions options, int wanted)
    {
        _run = run;
        _prompts = prompts;
        _beams = options.NumBeams;
        _groups = [.. prompts.Select(prompt => new BeamGroup(prompt, options, wanted, run.Vocabulary))];
        _penalty = new RepetitionPenalty(options.RepetitionPenalty, run.Vocabulary);
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
        return [.. _groups.Select(group => group.Result())];
    }

    private void Step(int index, Span<int> tokens, Span<int> sources)
    {
        BeamGroup group = _groups[index];
        int first = index * _beams;
        for (int beam = 0; beam < _beams && !group.IsDone; beam++)
        {
            Span<float> scores = _run.Logits(first + beam);
            Scores.LogSoftmax(scores);
            _penalty.Apply(group.Sequence(beam), scores);
            group.Offer(beam, scores);
        }
        group.Advance(tokens.Slice(first, _beams), sources.Slice(first, _beams));
        foreach (ref int source in sources.Slice(first, _beams))
            source += first;
    }
}
