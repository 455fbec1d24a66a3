using PeftSharp.Adapters;
using PeftSharp.Data;
using PeftSharp.Generation;
using PeftSharp.Methods.FullFineTuning;
using PeftSharp.Models;
using PeftSharp.Tests.Models;
using PeftSharp.Training;
using Xunit;

namespace PeftSharp.Tests.Training;

/// <summary>Encoder-decoders of random weights learn to turn a text round, and then write it without a fault.</summary>
[Collection(SeededTorch.Name)]
public sealed class SequenceToSequenceTests
{
    private const int Letters = 12;

    [Theory]
    [InlineData("t5")]
    [InlineData("bart")]
    public void Train_ToReverse_WritesEveryTextBackwards(string family)
    {
        string more = family == "bart" ? "" : ", \"feed_forward_proj\": \"gated-gelu\"";
        using BaseModel model = TinyConfigs.Create(family, TaskType.SequenceToSequence, more);
        using PeftModel peft = new(model);
        peft.AddAdapter(new FullFineTuningOptions());
        int end = (int)model.Config.Number("eos_token_id");
        EncodedExample[] examples = [.. Texts(seed: 1, 32).Select(text => new EncodedExample([.. text, end], Label: new ExampleLabel.Text([.. text.Reverse(), end])))];
        TrainingOptions options = Runs.Short(1500, 3e-3) with { Schedule = new() { Type = SchedulerType.Linear } };
        new Trainer(peft, new TrainingData(examples, null, PaddingId: 0), options).Train(TestContext.Current.CancellationToken);
        EvaluationResult result = Evaluator.Evaluate(peft, null, examples, 16, 0, cancellationToken: TestContext.Current.CancellationToken);
        Assert.True(result.Loss < 0.05, $"the loss is {result.Loss}");
        Assert.Equal(1, result["accuracy"]);
        using TokenGenerator generator = new(peft);
        IReadOnlyList<GeneratedTokens> written = generator.Generate([.. examples.Select(example => example.InputIds)], new() { MaxNewTokens = 10 });
        for (int i = 0; i < examples.Length; i++)
            Assert.Equal(((ExampleLabel.Text)examples[i].Label!).Ids, written[i].Ids);
    }

    private static IEnumerable<int[]> Texts(ulong seed, int count)
    {
        CounterRandom random = new(seed, 0);
        for (int i = 0; i < count; i++)
        {
            int[] text = new int[2 + random.Below(4)];
            for (int t = 0; t < text.Length; t++)
                text[t] = 3 + random.Below(Letters);
            yield return text;
        }
    }
}
