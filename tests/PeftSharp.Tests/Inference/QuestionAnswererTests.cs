using PeftSharp.Data;
using PeftSharp.Inference;
using PeftSharp.Models;
using PeftSharp.Text;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Inference;

public sealed class QuestionAnswererTests
{
    private const string Question = "Where did she live?";
    private const string Context = "Ada 🚀 Lovelace lived in London, not far away.";

    [Fact]
    public void Answer_ShortContext_IsTheLikeliestSpan()
    {
        using TinyFolder folder = new(TaskType.QuestionAnswering);
        using PretrainedModel pretrained = PretrainedModel.Load(folder.Model, new() { Task = TaskType.QuestionAnswering });
        using QuestionAnswerer answerer = new(new InferenceModel(pretrained));
        (CodePointSpan span, double score) = Likeliest(pretrained, maxTokens: 4);
        TextAnswer answer = answerer.Answer(Question, Context, maxAnswerTokens: 4)!;
        Assert.Equal(span, answer.CodePoints);
        Assert.Equal(score, answer.Score, 1e-4);
        Assert.Equal(Context[answer.Range], answer.Text);
        Assert.Equal(CodePoints.Slice(Context, answer.CodePoints), answer.Text);
        Assert.NotEmpty(answer.Text);
    }

    [Fact]
    public void Answer_LongContext_LooksAtAllOfIt()
    {
        using TinyFolder folder = new(TaskType.QuestionAnswering);
        using QuestionAnswerer answerer = QuestionAnswerer.Load(new() { Model = folder.Model, BatchSize = 2 });
        string context = string.Join(' ', Enumerable.Range(0, 200).Select(i => $"w{i}"));
        TextAnswer answer = answerer.Answer(Question, context)!;
        Assert.Equal(context[answer.Range], answer.Text);
        Assert.Null(answerer.Answer(Question, ""));
        Assert.Throws<ArgumentException>(() => answerer.Answer(context, "short"));
    }

    private static (CodePointSpan Span, double Score) Likeliest(PretrainedModel model, int maxTokens)
    {
        using var scope = NewDisposeScope();
        Encoding encoding = model.Tokenizer.Encode(Question, Context);
        Tensor Ids(ReadOnlySpan<int> ids) => tensor(ids.ToArray().Select(id => (long)id).ToArray()).unsqueeze(0);
        float[] logits = [.. model.Model.Forward(
            new ModelInput { InputIds = Ids(encoding.Ids), TokenTypeIds = Ids(encoding.TypeIds) }, Pass.Bare).flatten().data<float>()];
        int[] inside = [.. Enumerable.Range(0, encoding.Length).Where(i => encoding.SequenceIds[i] == 1)];
        double starts = inside.Sum(i => Math.Exp(logits[2 * i]));
        double ends = inside.Sum(i => Math.Exp(logits[2 * i + 1]));
        var best = inside.SelectMany(i => inside.Where(j => j >= i && j < i + maxTokens).Select(j => (i, j, Score: Math.Exp(logits[2 * i]) / starts * Math.Exp(logits[2 * j + 1]) / ends)))
            .MaxBy(pair => pair.Score);
        return (new CodePointSpan(encoding.Offsets[best.i].Start, encoding.Offsets[best.j].End), best.Score);
    }
}
