using PeftSharp.Adapters;
using PeftSharp.Data;
using PeftSharp.Inference;
using PeftSharp.Metrics;
using PeftSharp.Models;
using PeftSharp.Text;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Inference;

public sealed class TokenTaggerTests
{
    private static readonly string[] _tags = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"];
    private const string Text = "Ada 🚀 Lovelace lived unbelievably in São Paulo, not in London.";

    [Fact]
    public void Predict_Text_MarksWhatTheFirstTokensOfWordsSay()
    {
        using TinyFolder folder = new(TaskType.TokenClassification, labels: _tags);
        using PretrainedModel pretrained = PretrainedModel.Load(folder.Model, new() { Task = TaskType.TokenClassification });
        using TokenTagger tagger = new(new InferenceModel(pretrained));
        Encoding encoding = pretrained.Tokenizer.Encode(Text);
        (string Tag, int Start, int End)[] words = Words(pretrained, encoding);
        IReadOnlyList<Entity> expected = Entities.Find([.. words.Select(word => word.Tag)]);
        IReadOnlyList<TextEntity> found = tagger.Predict(Text);
        Assert.NotEmpty(expected);
        Assert.Equal(expected.Count, found.Count);
        for (int i = 0; i < found.Count; i++)
        {
            Assert.Equal(expected[i].Type, found[i].Type);
            Assert.Equal(new CodePointSpan(words[expected[i].Start].Start, words[expected[i].End].End), found[i].CodePoints);
            Assert.Equal(found[i].Text, Text[found[i].Range]);
            Assert.Equal(found[i].Text, CodePoints.Slice(Text, found[i].CodePoints));
            Assert.InRange(found[i].Score, 1f / _tags.Length, 1f);
        }
    }

    [Fact]
    public void Predict_Words_GivesATagForEach()
    {
        using TinyFolder folder = new(TaskType.TokenClassification, labels: _tags);
        using TokenTagger tagger = TokenTagger.Load(new() { Model = folder.Model });
        IReadOnlyList<LabelScore?> tags = tagger.Predict(["Ada", "Lovelace", "lived", "unbelievably", "", "there"]);
        Assert.Equal(6, tags.Count);
        Assert.Null(tags[4]);
        Assert.All(tags.Where((_, i) => i != 4), tag => Assert.Contains(tag!.Value.Label, _tags));
    }

    [Fact]
    public void Predict_LongText_SeesAllOfIt()
    {
        using TinyFolder folder = new(TaskType.TokenClassification, labels: _tags);
        using TokenTagger tagger = TokenTagger.Load(new() { Model = folder.Model, BatchSize = 2 });
        string[] words = [.. Enumerable.Range(0, 300).Select(i => i % 3 == 0 ? "London" : i % 3 == 1 ? "unbelievably" : "saw")];
        Assert.All(tagger.Predict(words), tag => Assert.NotNull(tag));
        string text = string.Join(' ', words);
        IReadOnlyList<TextEntity> entities = tagger.Predict(text);
        Assert.True(entities[^1].Range.End.Value > text.Length / 2);
        Assert.True(entities.Zip(entities.Skip(1)).All(pair => pair.First.Range.End.Value <= pair.Second.Range.Start.Value));
    }

    [Fact]
    public void Predict_OnEightThreadsWithUnlikeAdapters_GivesWhatEachGivesAlone()
    {
        using TinyFolder folder = new(TaskType.TokenClassification, adapters: 8, labels: _tags);
        using TokenTagger tagger = TokenTagger.Load(folder.Options);
        string[] alone = [.. folder.Names.Select(name => Describe(tagger, name))];
        Assert.True(alone.Distinct().Count() > 4);
        Parallel.For(0, 64, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i => Assert.Equal(alone[i % 8], Describe(tagger, folder.Names[i % 8])));
    }

    private static string Describe(TokenTagger tagger, string adapter) =>
        string.Join(';', tagger.Predict(Text, Composition.Of(adapter)).Select(entity => $"{entity.Type} {entity.Text}"));

    private static (string Tag, int Start, int End)[] Words(PretrainedModel model, Encoding encoding)
    {
        using var scope = NewDisposeScope();
        Tensor ids = tensor(encoding.ToIdArray().Select(id => (long)id).ToArray()).unsqueeze(0);
        long[] best = model.Model.Forward(new ModelInput { InputIds = ids }, Pass.Bare).argmax(-1).flatten().data<long>().ToArray();
        int[] words = encoding.WordIds.ToArray();
        TokenOffset[] offsets = encoding.Offsets.ToArray();
        return [.. Enumerable.Range(0, words.Length).Where(i => words[i] >= 0).GroupBy(i => words[i])
            .Select(word => (_tags[best[word.First()]], offsets[word.First()].Start, offsets[word.Last()].End))];
    }
}
