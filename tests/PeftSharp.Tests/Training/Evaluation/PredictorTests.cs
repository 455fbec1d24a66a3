using PeftSharp.Data;
using PeftSharp.Kernels;
using PeftSharp.Training;
using TorchSharp;
using Xunit;

namespace PeftSharp.Tests.Training;

[Collection(SeededTorch.Name)]
public sealed class PredictorTests
{
    [Theory]
    [InlineData("bert", PaddingSide.Right)]
    [InlineData("llama_seqcls", PaddingSide.Right)]
    [InlineData("llama_seqcls", PaddingSide.Left)]
    public void Predict_RowsOfManyLengths_GivesEachAsAlone(string family, PaddingSide side)
    {
        using TinyModel tiny = TinyModel.Open(family);
        EncodedExample[] examples = tiny.Examples(11);
        IReadOnlyList<Prediction> together = tiny.Predict(examples, 4, side);
        Assert.Equal(examples.Length, together.Count);
        for (int i = 0; i < examples.Length; i++)
        {
            Prediction.Class alone = (Prediction.Class)tiny.Predict([examples[i]], 1)[0], one = (Prediction.Class)together[i];
            Assert.Equal(alone.Id, one.Id);
            Assert.Equal(tiny.Base.Labels.Count, one.Probabilities.Count);
            Assert.Equal(1, one.Probabilities.Sum(), 5);
            Assert.All(alone.Probabilities.Zip(one.Probabilities), pair => Assert.Equal(pair.First, pair.Second, 4));
        }
    }

    [Fact]
    public void Predict_Tokens_GivesOneClassAToken()
    {
        using TinyModel tiny = TinyModel.Open("bert_tokcls");
        EncodedExample[] examples = tiny.Examples(5);
        IReadOnlyList<Prediction> predictions = tiny.Predict(examples, 5);
        for (int i = 0; i < examples.Length; i++)
        {
            Prediction.Tokens one = (Prediction.Tokens)predictions[i], alone = (Prediction.Tokens)tiny.Predict([examples[i]], 1)[0];
            Assert.Equal(examples[i].Length, one.Ids.Count);
            Assert.Equal(alone.Ids, one.Ids);
            Assert.All(one.Probabilities, probability => Assert.InRange(probability, 1f / tiny.Base.Labels.Count - 1e-4f, 1));
        }
    }

    [Theory]
    [InlineData(new[] { 0f, 0, 5, 0, 0, 4, 9, 9 }, new long[] { 1, 1, 1, 0 }, new long[0], 1, 2)]
    [InlineData(new[] { 0f, 0, 0, 5, 9, 0, 0, 1 }, new long[] { 1, 1, 1, 1 }, new long[0], 2, 3)]
    [InlineData(new[] { 1f, 1, 9, 9, 0, 0, 0, 1 }, new long[] { 1, 1, 1, 1 }, new long[] { 0, 0, 1, 1 }, 0, 0)]
    [InlineData(new[] { 0f, 0, 9, 9, 1, 0, 0, 1 }, new long[] { 1, 1, 1, 1 }, new long[] { 0, 0, 1, 1 }, 2, 3)]
    [InlineData(new[] { 9f, 9, 1, 0, 0, 2, 0, 0 }, new long[] { 0, 1, 1, 1 }, new long[0], 1, 2)]
    public void Best_OfLogits_IsTheBestSpanThatCanBeAnAnswer(float[] logits, long[] mask, long[] types, int start, int end)
    {
        AnswerSpan best = AnswerSpan.Best(logits, mask, types);
        Assert.Equal((start, end), (best.Start, best.End));
    }

    [Theory]
    [InlineData("bert")]
    [InlineData("bert_tokcls")]
    [InlineData("bert_qa")]
    public void Predict_WithABrokenAdapter_IsAnErrorAndNoAnswer(string family)
    {
        using TinyModel tiny = TinyModel.Open(family);
        using (torch.no_grad())
            foreach (PeftSharp.Adapters.TrainableTensor tensor in tiny.Adapter.Trainable)
                tensor.Value.FillInPlace(double.NaN);
        Assert.Contains("not numbers", Assert.Throws<PeftException>(() => tiny.Predict(tiny.Examples(2), 2)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(12)]
    public void Predict_TextsThatEndInThePaddingToken_GivesEachAsAlone(int batch)
    {
        using TinyModel tiny = TinyModel.Open("llama_seqcls");
        EncodedExample[] examples = [.. tiny.Examples(12).Select((example, i) => i % 2 == 0 ? example with { InputIds = [.. example.InputIds, 0, 0] } : example)];
        IReadOnlyList<Prediction> together = tiny.Predict(examples, batch);
        for (int i = 0; i < examples.Length; i++)
        {
            // The last token is the one that is read, whatever its id.
            float[] logits = tiny.Base.Forward(
                new() { InputIds = torch.tensor(Array.ConvertAll(examples[i].InputIds, id => (long)id)).unsqueeze(0) }, tiny.Model.Pass()).softmax(-1).data<float>().ToArray();
            Assert.All(logits.Zip(((Prediction.Class)together[i]).Probabilities), pair => Assert.Equal(pair.First, pair.Second, 4));
        }
    }

    [Fact]
    public void Predict_Segments_ReachTheModel()
    {
        using TinyModel tiny = TinyModel.Open("bert");
        EncodedExample plain = tiny.Examples(1)[0], paired = plain with { TypeIds = [.. plain.InputIds.Select((_, t) => t < 3 ? 0 : 1)] };
        var both = tiny.Predict([plain, paired], 2).Cast<Prediction.Class>().ToArray();
        Assert.True(both[0].Probabilities.Zip(both[1].Probabilities).Max(pair => MathF.Abs(pair.First - pair.Second)) > 1e-3f);
        Assert.Equal(both[1].Probabilities[0], ((Prediction.Class)tiny.Predict([paired], 1)[0]).Probabilities[0], 5);
        Assert.Equal(tiny.Evaluate([paired], 1).Loss, tiny.Evaluate([paired, paired with { }], 2).Loss, 5);
        Assert.NotEqual(tiny.Evaluate([plain], 1).Loss, tiny.Evaluate([paired], 1).Loss);
    }

    [Fact]
    public void Predict_LanguageModel_IsAnError()
    {
        using TinyModel tiny = TinyModel.Open("llama");
        Assert.Throws<PeftException>(() => tiny.Predict(tiny.Examples(1), 1));
    }
}
