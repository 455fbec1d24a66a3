using PeftSharp.Adapters;
using PeftSharp.Inference;
using PeftSharp.Models;
using PeftSharp.Text;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Inference;

public sealed class TextClassifierTests
{
    private static readonly string[] _labels = ["card", "transfer", "fee", "other"];
    private static readonly string[] _texts =
        ["where is my card", "why", "the transfer has not arrived and I have waited a whole week", "", "fees?", "card card card card card card"];

    [Fact]
    public void Predict_Texts_GivesTheSoftmaxOfTheLogitsInOrder()
    {
        using TinyFolder folder = new(TaskType.SequenceClassification, labels: _labels);
        using PretrainedModel pretrained = PretrainedModel.Load(folder.Model, new() { Task = TaskType.SequenceClassification });
        using TextClassifier classifier = new(new InferenceModel(pretrained), batchSize: 2);
        IReadOnlyList<Classification> answers = classifier.Predict(_texts);
        for (int i = 0; i < _texts.Length; i++)
        {
            float[] expected = Probabilities(pretrained, _texts[i]);
            Assert.Equal(expected.OrderDescending(), answers[i].Scores.Select(score => score.Score), (a, b) => MathF.Abs(a - b) < 1e-5f);
            Assert.Equal(_labels[Array.IndexOf(expected, expected.Max())], answers[i].Label);
            Assert.Equal(_labels.Order(StringComparer.Ordinal), answers[i].Scores.Select(score => score.Label).Order(StringComparer.Ordinal));
            Assert.Equal(answers[i].Scores.Take(2), answers[i].Top(2));
        }
        Assert.True(answers.Select(answer => answer.Score).Distinct().Count() > 3);
    }

    [Fact]
    public void Predict_PairsOfTexts_ReachTheModelWithTheirTypes()
    {
        using var scope = NewDisposeScope();
        using TinyFolder folder = new(TaskType.SequenceClassification, labels: _labels);
        using PretrainedModel pretrained = PretrainedModel.Load(folder.Model, new() { Task = TaskType.SequenceClassification });
        using TextClassifier classifier = new(new InferenceModel(pretrained), batchSize: 2);
        (string Text, string TextPair)[] pairs = [("where is my card", "it has not come"), ("why", "because the fee was taken twice and nobody told me")];
        IReadOnlyList<Classification> answers = classifier.Predict(pairs);
        for (int i = 0; i < pairs.Length; i++)
        {
            Encoding encoding = pretrained.Tokenizer.Encode(pairs[i].Text, pairs[i].TextPair);
            Assert.Contains(1, encoding.TypeIds.ToArray());
            Tensor ids = tensor(encoding.Ids.ToArray().Select(id => (long)id).ToArray()).unsqueeze(0);
            Tensor types = tensor(encoding.TypeIds.ToArray().Select(id => (long)id).ToArray()).unsqueeze(0);
            float[] expected = Softmax(types), without = Softmax(null);
            Assert.Equal(expected.OrderDescending(), answers[i].Scores.Select(score => score.Score), (a, b) => MathF.Abs(a - b) < 1e-5f);
            Assert.True(expected.Zip(without).Max(pair => MathF.Abs(pair.First - pair.Second)) > 1e-3f);

            float[] Softmax(Tensor? segments) =>
                pretrained.Model.Forward(new() { InputIds = ids, TokenTypeIds = segments }, Pass.Bare).softmax(-1).data<float>().ToArray();
        }
    }

    [Fact]
    public void Predict_OnEightThreadsWithUnlikeAdapters_GivesWhatEachGivesAlone()
    {
        using TinyFolder folder = new(TaskType.SequenceClassification, adapters: 8, labels: _labels);
        using TextClassifier classifier = TextClassifier.Load(folder.Options);
        Classification[][] alone = [.. folder.Names.Select(name => classifier.Predict(_texts, Composition.Of(name)).ToArray())];
        Assert.Equal(8, alone.Select(answers => answers[0].Score).Distinct().Count());
        Parallel.For(0, 64, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
            Same(alone[i % 8], classifier.Predict(_texts, Composition.Of(folder.Names[i % 8]))));
    }

    [Fact]
    public void Predict_OneAdapterAText_FollowsTheTextsThroughTheBatches()
    {
        using TinyFolder folder = new(TaskType.SequenceClassification, adapters: 5, labels: _labels);
        InferenceOptions options = folder.Options;
        options.BatchSize = 4;
        using TextClassifier classifier = TextClassifier.Load(options);
        string[] names = [.. folder.Names, Composition.BaseName];
        IReadOnlyList<Classification> mixed = classifier.Predict(_texts, Composition.ByRow(names));
        for (int i = 0; i < _texts.Length; i++)
            Same([classifier.Predict(_texts[i], names[i] == Composition.BaseName ? Composition.None : Composition.Of(names[i]))], [mixed[i]]);
        Assert.Throws<ArgumentException>(() => classifier.Predict(_texts, Composition.ByRow("a")));
        Assert.Contains("no adapter", Assert.Throws<AdapterNotFoundException>(() => classifier.Predict("x", Composition.Of("zz"))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(", \"problem_type\": \"multi_label_classification\"", "sigmoid")]
    [InlineData(", \"problem_type\": \"regression\"", "value")]
    public void Predict_OtherProblemTypes_ScoresAsTheyWant(string more, string kind)
    {
        using TinyFolder folder = new(TaskType.SequenceClassification, labels: _labels, more: more);
        using PretrainedModel pretrained = PretrainedModel.Load(folder.Model, new() { Task = TaskType.SequenceClassification });
        using TextClassifier classifier = new(new InferenceModel(pretrained));
        float[] logits = Logits(pretrained, _texts[0]);
        float[] expected = [.. logits.Select(x => kind == "sigmoid" ? 1 / (1 + MathF.Exp(-x)) : x).OrderDescending()];
        Assert.Equal(expected, classifier.Predict(_texts[0]).Scores.Select(score => score.Score), (a, b) => MathF.Abs(a - b) < 1e-5f);
    }

    [Fact]
    public void Load_AdapterWithLabels_TakesThem()
    {
        // The base itself has no head: it is that of an embedder.
        using TinyFolder embedder = new(TaskType.FeatureExtraction);
        using TinyFolder trained = new(TaskType.SequenceClassification, adapters: 1, labels: _labels);
        File.Copy(Path.Combine(trained.Model, "model.safetensors"), Path.Combine(embedder.Model, "model.safetensors"), overwrite: true);
        InferenceOptions options = new() { Model = embedder.Model, Adapter = trained.Adapter("a") };
        using (TextClassifier unnamed = TextClassifier.Load(options))
            Assert.Equal(["LABEL_0", "LABEL_1", "LABEL_2", "LABEL_3"], unnamed.Labels);
        File.WriteAllText(Path.Combine(trained.Adapter("a"), "labels.json"), """{ "id2label": { "0": "w", "1": "x", "2": "y", "3": "z" } }""");
        using (TextClassifier named = TextClassifier.Load(options))
            Assert.Equal(["w", "x", "y", "z"], named.Labels);
        options.Labels = ["1", "2", "3", "4"];
        using (TextClassifier told = TextClassifier.Load(options))
            Assert.Equal(["1", "2", "3", "4"], told.Labels);
    }

    [Fact]
    public void Load_HeadNeverTrained_SaysSo()
    {
        using TinyFolder folder = new(TaskType.FeatureExtraction);
        // Names of a bare model: no classifier among them.
        PeftException error = Assert.Throws<PeftException>(() => TextClassifier.Load(new() { Model = folder.Model }));
        Assert.Contains("classifier", error.Message, StringComparison.Ordinal);
        using BaseModel model = BaseModel.Load(folder.Model, new() { Task = TaskType.FeatureExtraction });
        using PeftModel peft = new(model);
        InferenceModel other = new(peft, Tokenizer.Load(folder.Model));
        Assert.Contains("SEQ_CLS", Assert.Throws<PeftException>(() => new TextClassifier(other)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Dispose_BorrowedModel_LeavesItAlone()
    {
        using TinyFolder folder = new(TaskType.SequenceClassification, labels: _labels);
        using PretrainedModel pretrained = PretrainedModel.Load(folder.Model, new() { Task = TaskType.SequenceClassification });
        new TextClassifier(new InferenceModel(pretrained)).Dispose();
        using TextClassifier second = new(new InferenceModel(pretrained));
        Assert.NotEmpty(second.Predict("card").Label);
        TextClassifier owner = TextClassifier.Load(new() { Model = folder.Model });
        Tensor weight = owner.Model.Model.Base.Parameters[0].Value;
        owner.Dispose();
        Assert.True(weight.IsInvalid);
    }

    [Fact]
    public void Predict_Cancelled_Throws()
    {
        using TinyFolder folder = new(TaskType.SequenceClassification, labels: _labels);
        using TextClassifier classifier = TextClassifier.Load(new() { Model = folder.Model });
        Assert.Throws<OperationCanceledException>(() => classifier.Predict(_texts, cancellationToken: new CancellationToken(canceled: true)));
    }

    private static void Same(Classification[] expected, IReadOnlyList<Classification> actual)
    {
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i].Label, actual[i].Label);
            Assert.Equal(expected[i].Score, actual[i].Score, 1e-4f);
        }
    }

    private static float[] Logits(PretrainedModel model, string text)
    {
        using var scope = NewDisposeScope();
        Tensor ids = tensor(model.Tokenizer.Encode(text).ToIdArray().Select(id => (long)id).ToArray()).unsqueeze(0);
        return [.. model.Model.Forward(new ModelInput { InputIds = ids }, Pass.Bare).data<float>()];
    }

    private static float[] Probabilities(PretrainedModel model, string text)
    {
        float[] powers = [.. Logits(model, text).Select(MathF.Exp)];
        return [.. powers.Select(power => power / powers.Sum())];
    }

    [Fact]
    public void Load_OfAdaptersWithUnlikeLabels_IsRefused()
    {
        using TinyFolder folder = new(TaskType.SequenceClassification, adapters: 2, labels: ["billing", "broken"]);
        File.WriteAllText(Path.Combine(folder.Adapter("a"), "labels.json"), """{"id2label": {"0": "billing", "1": "broken"}}""");
        File.WriteAllText(Path.Combine(folder.Adapter("b"), "labels.json"), """{"id2label": {"0": "neutral", "1": "angry"}}""");
        string message = Assert.Throws<PeftException>(() => InferenceModel.Load(folder.Options)).Message;
        Assert.Contains("billing", message, StringComparison.Ordinal);
        Assert.Contains("angry", message, StringComparison.Ordinal);
    }
}
