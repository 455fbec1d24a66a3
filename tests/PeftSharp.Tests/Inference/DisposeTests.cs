using PeftSharp.Generation;
using PeftSharp.Inference;
using PeftSharp.Models;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Inference;

/// <summary>The objects for services when they go: new calls are refused, running ones are waited for.</summary>
public sealed class DisposeTests
{
    private static readonly string[] _labels = ["B-X", "I-X", "O"];

    [Fact]
    public async Task Calls_AfterDisposal_AreRefusedByEveryObject()
    {
        using TinyFolder classes = new(TaskType.SequenceClassification, labels: _labels), plain = new(TaskType.FeatureExtraction);
        using TinyFolder tags = new(TaskType.TokenClassification, labels: _labels), spans = new(TaskType.QuestionAnswering);
        TextClassifier classifier = TextClassifier.Load(classes.Options);
        TextEmbedder embedder = TextEmbedder.Load(plain.Options);
        TokenTagger tagger = TokenTagger.Load(tags.Options);
        QuestionAnswerer answerer = QuestionAnswerer.Load(spans.Options);
        classifier.Dispose();
        embedder.Dispose();
        await tagger.DisposeAsync();
        await answerer.DisposeAsync();
        Assert.Throws<ObjectDisposedException>(() => classifier.Predict("card"));
        Assert.Throws<ObjectDisposedException>(() => embedder.Embed("card"));
        Assert.Throws<ObjectDisposedException>(() => tagger.Predict("card"));
        Assert.Throws<ObjectDisposedException>(() => tagger.Predict(["card"]));
        Assert.Throws<ObjectDisposedException>(() => answerer.Answer("who?", "card"));
        classifier.Dispose();
        await classifier.DisposeAsync();
    }

    [Fact]
    public async Task DisposeAsync_WhileTextIsGenerated_WaitsForItsEnd()
    {
        using TinyFolder folder = new(TaskType.CausalLanguageModel, adapters: 1);
        InferenceModel model = InferenceModel.Load(folder.Options, TaskType.CausalLanguageModel);
        Tensor weight = model.Model.Base.Parameters[0].Value;
        TextGenerator generator = new(model.Model, model.Tokenizer, new() { MaxNewTokens = 8 }, owned: model);
        using ManualResetEventSlim begun = new(), goOn = new();
        Task<GenerationResult> call = Task.Run(() => generator.Run("Once upon a time", onText: _ =>
        {
            begun.Set();
            goOn.Wait(TestContext.Current.CancellationToken);
        }));
        await Task.WhenAny(Task.Run(() => begun.Wait(TestContext.Current.CancellationToken)), call);
        Task disposal = generator.DisposeAsync().AsTask();
        Assert.Throws<ObjectDisposedException>(() => generator.Generate("more"));
        Assert.Equal(begun.IsSet && !call.IsCompleted, !weight.IsInvalid);
        goOn.Set();
        await disposal;
        Assert.InRange((await call).CompletionTokens, 1, 8);
        Assert.True(weight.IsInvalid);
    }

    [Fact]
    public async Task DisposeAsync_PastItsLimit_CancelsTheCall()
    {
        using TinyFolder folder = new(TaskType.CausalLanguageModel, adapters: 1);
        InferenceModel model = InferenceModel.Load(folder.Options, TaskType.CausalLanguageModel);
        TextGenerator generator = new(model.Model, model.Tokenizer, new() { MaxNewTokens = 80, EosTokenIds = [] }, owned: model)
        {
            DisposeTimeout = TimeSpan.FromMilliseconds(50),
        };
        using ManualResetEventSlim begun = new();
        Task call = Task.Run(() => generator.Run("Once upon a time", onText: _ =>
        {
            begun.Set();
            Thread.Sleep(200);
        }));
        begun.Wait(TestContext.Current.CancellationToken);
        await generator.DisposeAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
    }

    [Fact]
    public async Task StreamAsync_AbandonedHalfWay_LetsTheModelGo()
    {
        using TinyFolder folder = new(TaskType.CausalLanguageModel, adapters: 1);
        InferenceModel model = InferenceModel.Load(folder.Options, TaskType.CausalLanguageModel);
        Tensor weight = model.Model.Base.Parameters[0].Value;
        TextGenerator generator = new(model.Model, model.Tokenizer, new() { MaxNewTokens = 40, EosTokenIds = [] }, owned: model);
        // Never disposed: what it holds may only last as long as the generation itself.
        IAsyncEnumerator<string> pieces = generator.StreamAsync("Once upon a time", cancellationToken: TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.True(await pieces.MoveNextAsync());
        await generator.DisposeAsync();
        Assert.True(weight.IsInvalid);
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await generator.StreamAsync("x", cancellationToken: TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken).MoveNextAsync());
    }

    [Fact]
    public async Task DisposeAsync_OfTheModel_FreesItOnce()
    {
        using TinyFolder folder = new(TaskType.SequenceClassification, labels: _labels);
        InferenceModel model = InferenceModel.Load(folder.Options, TaskType.SequenceClassification);
        TextClassifier first = new(model), second = new(model);
        await first.DisposeAsync();
        Assert.NotEmpty(second.Predict("card").Label);
        await model.DisposeAsync();
        Assert.Throws<ObjectDisposedException>(() => second.Predict("card"));
    }

    [Fact]
    public async Task NullArguments_AreNamed()
    {
        using TinyFolder folder = new(TaskType.SequenceClassification, labels: _labels);
        using TextClassifier classifier = TextClassifier.Load(folder.Options);
        Assert.Equal("text", Assert.Throws<ArgumentNullException>(() => classifier.Predict((string)null!)).ParamName);
        Assert.Contains("1", Assert.Throws<ArgumentException>(() => classifier.Predict(["a", null!])).Message, StringComparison.Ordinal);
        Assert.Equal("folder", (await Assert.ThrowsAsync<ArgumentNullException>(() => Peft.LoadBaseAsync(null!))).ParamName);
        Assert.Throws<ArgumentNullException>(() => BaseModel.Load(null!));
    }
}
