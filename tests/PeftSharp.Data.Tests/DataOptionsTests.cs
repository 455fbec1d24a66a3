using PeftSharp.Testing;

namespace PeftSharp.Data.Tests;

public sealed class DataOptionsTests
{
    public static TheoryData<DataOptions, string> Contradictions => new()
    {
        { new() { Limit = 0 }, "limit" },
        { new() { MaxLength = -1 }, "max_length" },
        { new() { Header = false }, "columns" },
        { new() { Labels = ["a"], LabelFile = "b" }, "labels and label_file" },
        { new() { Input = "i" }, "prompt_template" },
        { new() { Prompt = "p" }, "prompt needs completion" },
        { new() { Completion = "c" }, "completion needs prompt" },
        { new() { Prompt = "p", Completion = "c", Text = "t" }, "keep one" },
        { new() { AnswerText = "a" }, "answer_text needs answer_start" },
        { new() { AnswerText = "a", AnswerStart = "s", Answers = "x" }, "keep one" },
        { new() { Train = " " }, "train: is empty; leave it out or give a file" },
        { new() { TextPair = "" }, "text_pair: is empty; leave it out or give a column" },
    };

    [Theory, MemberData(nameof(Contradictions), DisableDiscoveryEnumeration = true)]
    public void Validate_Contradiction_NamesTheKey(DataOptions options, string message) =>
        Assert.Contains(message, Assert.Throws<ArgumentException>(options.Validate).Message, StringComparison.Ordinal);

    [Fact]
    public void Columns_NothingSet_AreTheUsualNames()
    {
        DataOptions options = new();
        options.Validate();
        Assert.Equal(new("text", null, "label"), options.TextColumns);
        Assert.Equal(new("tokens", "tags"), options.TagColumns);
        Assert.Equal(new("question", "context", "answers.text", "answers.answer_start"), options.QuestionColumns);
        Assert.Equal(new("text"), options.CausalColumns);
    }

    [Fact]
    public void Columns_AllSet_AreTheGivenNames()
    {
        DataOptions options = new() { Text = "a", TextPair = "b", Label = "c", Answers = "d", Prompt = "e", Completion = "f", Tokens = "g", Tags = "h", Format = DataFormat.Tsv, Delimiter = ';', IgnoreExtraFields = true };
        Assert.Equal(new("a", "b", "c"), options.TextColumns);
        Assert.Equal(new("g", "h"), options.TagColumns);
        Assert.Equal("d.answer_start", options.QuestionColumns.AnswerStart);
        Assert.Equal("f", options.CausalColumns.Completion);
        Assert.Equal(new() { Format = DataFormat.Tsv, Delimiter = ';', IgnoreExtraFields = true }, options.Reading);
    }

    [Fact]
    public void LabelMap_ListFileOrRows_InThisOrder()
    {
        Assert.Equal(["b", "a"], new DataOptions { Labels = ["b", "a"] }.LabelMap([]).Names);
        Assert.Equal(["a", "b"], new DataOptions().LabelMap(["b", "a", "b"]).Names);
        Assert.Equal(77, new DataOptions { LabelFile = Fixtures.Asset("data", "banking77", "categories.json") }.LabelMap([]).Count);
    }

    [Fact]
    public void FromOptionsToBatches_Banking77_LosesNoRowAndNoLabel()
    {
        DataOptions options = new() { Train = Fixtures.Asset("data", "banking77", "train.csv"), Label = "category" };
        TextSample[] samples = [.. Dataset.Load(options.Train, options.Reading).Select(options.TextColumns.Read)];
        LabelMap labels = options.LabelMap(samples.Select(s => s.Label!));
        // Stand-in for a tokenizer: one token a word.
        EncodedExample[] examples =
            [.. samples.Select(s => new EncodedExample(new int[s.Text.Split(' ').Length], null, new ExampleLabel.Class(labels.IdOf(s.Label!, s.Place))))];
        BatchPlan plan = BatchPlan.ForTraining([.. examples.Select(e => e.Length)], batchSize: 16, seed: 42, epoch: 1, groupByLength: true);
        Collator collator = new(padId: 0);
        PaddedBatch batch = new();
        var counts = new int[labels.Count];
        int tokens = 0;
        for (int i = 0; i < plan.Count; i++)
        {
            collator.Collate(examples, plan[i], batch);
            tokens += batch.TokenCount;
            foreach (long label in batch.Labels.Span)
                counts[label]++;
        }

        Assert.Equal(samples.CountBy(s => s.Label!).ToDictionary(), counts.Select((count, id) => (labels.NameOf(id), count)).ToDictionary());
        Assert.Equal(examples.Sum(e => e.Length), tokens);
    }
}
