using PeftSharp.Generation;
using PeftSharp.Models;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Generation;

/// <summary>
/// Beam search written down as transformers defines it, on whole sequences, without a cache and without cleverness: each
/// step scores all continuations, the best max(2, 1 + ends) · beams of them are candidates, of which the first so many
/// may end and the first so many that do not end go on.
/// </summary>
internal static class PlainBeamSearch
{
    public static int[] Run(BaseModel model, int[] prompt, GenerationOptions options, Pass? pass = null)
    {
        int beams = options.NumBeams;
        List<(int[] Tokens, float Score)> running = [([], 0f)];
        List<(int[] Tokens, float Score)> finished = [];
        bool improvable = true;
        for (int length = 1; ; length++)
        {
            bool last = length == options.MaxNewTokens;
            var candidates = running
                .SelectMany(beam => LogProbabilities(model, [.. prompt, .. beam.Tokens], pass)
                    .Select((score, token) => (Tokens: (int[])[.. beam.Tokens, token], Score: beam.Score + score)))
                .OrderByDescending(candidate => candidate.Score)
                .Take(Math.Max(2, 1 + options.EosTokenIds!.Count) * beams)
                .ToArray();
            bool Ends(int[] tokens) => last || options.EosTokenIds!.Contains(tokens[^1]);
            bool full = options.EarlyStopping == EarlyStopping.Immediately && finished.Count == beams;
            if (improvable && !full)
                finished = [.. finished
                    .Concat(candidates.Take(beams).Where(c => Ends(c.Tokens)).Select(c => (c.Tokens, c.Score / MathF.Pow(length, (float)options.LengthPenalty))))
                    .OrderByDescending(beam => beam.Item2)
                    .Take(beams)];
            running = [.. candidates.Where(c => !Ends(c.Tokens)).Take(beams)];
            if (running.Count == 0)
                break;
            double reach = options.EarlyStopping == EarlyStopping.Never && options.LengthPenalty > 0 ? options.MaxNewTokens : length;
            double possible = running[0].Score / Math.Pow(reach, options.LengthPenalty);
            improvable &= finished.Count < beams || possible > finished[^1].Score;
            if (!improvable || (options.EarlyStopping == EarlyStopping.Immediately && finished.Count == beams))
                break;
        }
        return finished[0].Tokens;
    }

    public static float[] LogProbabilities(BaseModel model, int[] sequence, Pass? pass = null)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        ModelInput input = new() { InputIds = tensor(sequence.Select(id => (long)id).ToArray()).unsqueeze(0) };
        return [.. model.ForwardLast(input, pass ?? Pass.Bare, cache: null).log_softmax(-1).data<float>()];
    }
}
