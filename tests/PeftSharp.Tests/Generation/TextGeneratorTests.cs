using System.Text;
using PeftSharp.Adapters;
using PeftSharp.Generation;
using PeftSharp.Models;
using PeftSharp.Text;
using Xunit;

namespace PeftSharp.Tests.Generation;

public sealed class TextGeneratorTests : IDisposable
{
    private const string Prompt = "The capital of France is";
    private static readonly GenerationOptions _lively = new() { MaxNewTokens = 40, DoSample = true, TopK = 0, Temperature = 2, Seed = 11 };

    private static readonly Tokenizer _tokenizer = TinyLlama.SmolTokenizer();
    private readonly BaseModel _base;
    private readonly PeftModel _model;
    private readonly TextGenerator _generator;

    public TextGeneratorTests()
    {
        _base = TinyLlama.Create(_tokenizer.MaxTokenId + 1);
        _model = TinyLlama.WithAdapters(_base, 8);
        _model.Active = Composition.None;
        _generator = new TextGenerator(_model, _tokenizer);
    }

    public void Dispose()
    {
        _generator.Dispose();
        _model.Dispose();
        _base.Dispose();
    }

    [Fact]
    public void Run_Sampled_IsTheDecodedTokens()
    {
        using TokenGenerator tokens = new(_model);
        GeneratedTokens expected = tokens.Generate(_tokenizer.Encode(Prompt).ToIdArray(), _lively);
        GenerationResult result = _generator.Run(Prompt, _lively);
        Assert.Equal(_tokenizer.Decode([.. expected.Ids]).TrimEnd('\uFFFD'), result.Text);
        Assert.Equal(FinishReason.Length, result.FinishReason);
        Assert.Equal(40, result.CompletionTokens);
        Assert.Equal(_tokenizer.Encode(Prompt).Length, result.PromptTokens);
        Assert.Equal(result.PromptTokens + 40, result.TotalTokens);
        Assert.Equal(result.Text, _generator.Generate(Prompt, _lively));
    }

    [Fact]
    public async Task StreamAsync_AnySeed_JoinsToTheTextWithoutHalfCharacters()
    {
        int pieces = 0;
        for (ulong seed = 0; seed < 4; seed++)
        {
            GenerationOptions options = _lively with { Seed = seed };
            StringBuilder joined = new();
            await foreach (string piece in _generator.StreamAsync(Prompt, options, cancellationToken: TestContext.Current.CancellationToken))
            {
                Assert.NotEmpty(piece);
                Assert.False(char.IsLowSurrogate(piece[0]) || char.IsHighSurrogate(piece[^1]));
                joined.Append(piece);
                pieces++;
            }
            Assert.Equal(_generator.Generate(Prompt, options, cancellationToken: TestContext.Current.CancellationToken), joined.ToString());
        }
        Assert.True(pieces > 40);
    }

    [Fact]
    public async Task StreamAsync_CutWithinACharacter_LeavesItOut()
    {
        // Two tokens that are the beginning of one character: the first bytes of an emoji that the vocabulary has no token for.
        int[] ids = _tokenizer.Encode("🦖", addSpecialTokens: false).ToIdArray();
        Assert.True(ids.Length > 1);
        GenerationOptions options = new() { MaxNewTokens = 1, SequenceBias = [new([ids[0]], 1e4)], EosTokenIds = [] };
        StringBuilder joined = new();
        await foreach (string piece in _generator.StreamAsync(Prompt, options, cancellationToken: TestContext.Current.CancellationToken))
            joined.Append(piece);
        Assert.DoesNotContain('\uFFFD', joined.ToString());
        Assert.Equal(joined.ToString(), _generator.Generate(Prompt, options, cancellationToken: TestContext.Current.CancellationToken));
        // An end that the model chose itself is not touched.
        GenerationResult ended = _generator.Run(Prompt, options with { MaxNewTokens = 5, EosTokenIds = [9], ForcedEosTokenIds = [9] }, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(FinishReason.Stop, ended.FinishReason);
        Assert.Contains('\uFFFD', ended.Text);
    }

    [Fact]
    public void Run_SeveralTextsOfAPrompt_AreInOrderAndUnlike()
    {
        IReadOnlyList<GenerationResult> drawn = _generator.Run(["One", "Two words"], _lively with { NumReturnSequences = 3 });
        Assert.Equal(6, drawn.Count);
        Assert.Equal(6, drawn.Select(result => result.Text).Distinct().Count());
        Assert.All(drawn.Take(3), result => Assert.Equal(_tokenizer.Encode("One").Length, result.PromptTokens));
        IReadOnlyList<GenerationResult> beams = _generator.Run(["One"], new() { MaxNewTokens = 5, NumBeams = 4, NumReturnSequences = 2 });
        Assert.Equal(2, beams.Count);
        Assert.Equal(_generator.Generate("One", new() { MaxNewTokens = 5, NumBeams = 4 }), beams[0].Text);
    }

    [Fact]
    public void Run_StopString_EndsBeforeItAndHidesIt()
    {
        string whole = _generator.Generate(Prompt, _lively);
        string stop = whole.Substring(whole.Length / 2, 3);
        GenerationResult result = _generator.Run(Prompt, _lively with { StopStrings = [stop, "never to be seen"] });
        Assert.Equal(whole[..whole.IndexOf(stop, StringComparison.Ordinal)], result.Text);
        Assert.Equal(FinishReason.Stop, result.FinishReason);
        Assert.InRange(result.CompletionTokens, 1, 39);
    }

    [Fact]
    public void Run_BeamsAndStopString_CutsTheText()
    {
        GenerationOptions beams = new() { MaxNewTokens = 10, NumBeams = 2 };
        string whole = _generator.Generate(Prompt, beams);
        string stop = whole.Substring(whole.Length / 2, 2);
        GenerationResult result = _generator.Run(Prompt, beams with { StopStrings = [stop] });
        Assert.Equal(whole[..whole.IndexOf(stop, StringComparison.Ordinal)], result.Text);
        Assert.Equal(FinishReason.Stop, result.FinishReason);
    }

    [Fact]
    public void Run_EndTokenThatIsNotSpecial_IsNotInTheText()
    {
        using TokenGenerator tokens = new(_model);
        IReadOnlyList<int> ids = tokens.Generate(_tokenizer.Encode(Prompt).ToIdArray(), _lively).Ids;
        GenerationResult result = _generator.Run(Prompt, _lively with { EosTokenIds = [ids[6]] });
        int end = ids.ToList().IndexOf(ids[6]);
        Assert.Equal(_tokenizer.Decode([.. ids.Take(end)]), result.Text);
        Assert.Equal(end + 1, result.CompletionTokens);
        Assert.Equal(FinishReason.Stop, result.FinishReason);
    }

    [Fact]
    public void Run_SeveralPrompts_TellsTheRowOfEachPiece()
    {
        string[] prompts = ["One", "Two words and more"];
        StringBuilder[] told = [new(), new()];
        IReadOnlyList<GenerationResult> results = _generator.Run(prompts, new() { MaxNewTokens = 12 }, onText: (row, text) => told[row].Append(text));
        Assert.Equal(results.Select(result => result.Text), told.Select(text => text.ToString()));
        Assert.Equal(_generator.Generate(prompts[1], new() { MaxNewTokens = 12 }), results[1].Text);
    }

    [Fact]
    public async Task StreamAsync_LeftEarly_EndsTheGeneration()
    {
        int seen = 0;
        await foreach (string _ in _generator.StreamAsync(Prompt, _lively with { MaxNewTokens = 80 }, cancellationToken: TestContext.Current.CancellationToken))
            if (++seen == 2)
                break;
        // What was lent has come back: the same call finds buffers and gives its text.
        Assert.NotEmpty(_generator.Generate(Prompt, _lively, cancellationToken: TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task StreamAsync_Cancelled_Throws()
    {
        using CancellationTokenSource cancel = new();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (string _ in _generator.StreamAsync(Prompt, _lively with { MaxNewTokens = 80 }, cancellationToken: cancel.Token))
                await cancel.CancelAsync();
        });
    }

    [Fact]
    public async Task StreamAsync_BadPrompt_ThrowsWhereItIsRead()
    {
        string endless = string.Concat(Enumerable.Repeat("word ", 200));
        PeftException error = await Assert.ThrowsAsync<PeftException>(async () =>
        {
            await foreach (string _ in _generator.StreamAsync(endless, cancellationToken: TestContext.Current.CancellationToken))
            {
            }
        });
        Assert.Contains("96 positions", error.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ArgumentException>(async () =>
        {
            await foreach (string _ in _generator.StreamAsync(Prompt, new() { NumBeams = 2 }, cancellationToken: TestContext.Current.CancellationToken))
            {
            }
        });
    }

    [Fact]
    public async Task StreamAsync_OnManyThreadsWithUnlikeAdapters_GivesWhatEachGivesAlone()
    {
        string[] names = [.. _model.Adapters.Keys.Order(StringComparer.Ordinal)];
        GenerationOptions options = new() { MaxNewTokens = 12 };
        string[] alone = [.. names.Select(name => _generator.Generate(Prompt, options, Composition.Of(name)))];
        Assert.True(alone.Distinct().Count() > 4);
        string[] together = await Task.WhenAll(names.Select(async name =>
        {
            StringBuilder text = new();
            await foreach (string piece in _generator.StreamAsync(Prompt, options, Composition.Of(name)))
                text.Append(piece);
            return text.ToString();
        }));
        Assert.Equal(alone, together);
    }

    [Fact]
    public void Constructor_TokenizerOfAnotherModel_SaysSo()
    {
        using BaseModel small = TinyLlama.Create();
        using PeftModel peft = new(small);
        Assert.Contains("different models", Assert.Throws<PeftException>(() => new TextGenerator(peft, _tokenizer)).Message, StringComparison.Ordinal);
    }
}
