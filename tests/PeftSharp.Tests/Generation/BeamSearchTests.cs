using PeftSharp.Adapters;
using PeftSharp.Generation;
using PeftSharp.Models;
using Xunit;

namespace PeftSharp.Tests.Generation;

public sealed class BeamSearchTests
{
    private const int Vocabulary = 12;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Generate_AsManyBeamsAsTexts_FindsTheLikeliest(int length)
    {
        using BaseModel model = TinyLlama.Create(Vocabulary);
        using PeftModel peft = new(model);
        using TokenGenerator generator = new(peft);
        // Before the last token every text is still a beam, so nothing can be missed.
        int beams = (int)Math.Pow(Vocabulary, length - 1);
        int[] prompt = [3, 4];
        GeneratedTokens found = generator.Generate(prompt, new() { MaxNewTokens = length, NumBeams = beams });
        int[] best = Likeliest(model, prompt, length);
        Assert.Equal(best, found.Ids);
    }

    [Theory]
    [InlineData(EarlyStopping.Heuristic, 1.0)]
    [InlineData(EarlyStopping.Immediately, 1.0)]
    [InlineData(EarlyStopping.Never, 1.0)]
    [InlineData(EarlyStopping.Heuristic, -1.0)]
    [InlineData(EarlyStopping.Never, 0.0)]
    public void Generate_WithEndTokens_IsWhatThePlainSearchFinds(EarlyStopping stopping, double penalty)
    {
        int unlike = 0;
        for (int seed = 0; seed < 12; seed++)
        {
            using BaseModel model = TinyLlama.Create(Vocabulary, seed: seed);
            using PeftModel peft = new(model);
            using TokenGenerator generator = new(peft);
            GenerationOptions options = new()
            {
                MaxNewTokens = 8, NumBeams = 3, EosTokenIds = [1, 5], EarlyStopping = stopping, LengthPenalty = penalty,
            };
            int[] prompt = [3, 4];
            IReadOnlyList<int> found = generator.Generate(prompt, options).Ids;
            Assert.Equal(PlainBeamSearch.Run(model, prompt, options), found);
            unlike += found.Count < 8 ? 1 : 0;
        }
        Assert.InRange(unlike, 1, 12);
    }

    private static int[] Likeliest(BaseModel model, int[] prompt, int length)
    {
        IEnumerable<(int[] Tokens, double Score)> texts = [([], 0)];
        for (int i = 0; i < length; i++)
            texts = texts.SelectMany(text => PlainBeamSearch.LogProbabilities(model, [.. prompt, .. text.Tokens])
                .Select((score, token) => ((int[])[.. text.Tokens, token], text.Score + score))).ToArray();
        return texts.MaxBy(text => text.Score).Tokens;
    }
}
