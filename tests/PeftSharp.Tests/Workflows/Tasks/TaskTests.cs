using System.Text.Json.Nodes;
using PeftSharp.Data;
using PeftSharp.Testing;
using PeftSharp.Text;
using PeftSharp.Training;
using PeftSharp.Workflows.Tasks;
using Xunit;

namespace PeftSharp.Tests.Workflows.Tasks;

/// <summary>Rows to examples and predictions to answers, without a model.</summary>
public sealed class TaskTests
{
    private static readonly Tokenizer _bert = Tokenizer.Load(Fixtures.Asset("models", "all-MiniLM-L6-v2"));
    private static readonly Tokenizer _gpt = Tokenizer.Load(Fixtures.PathOf("tokenizers", "smollm2"));

    [Fact]
    public void Classification_Rows_AreTokensAndClasses()
    {
        ITaskRows rows = new ClassificationTask(Bert(8), new("text", "pair", "label"), LabelMap.FromList(["no", "yes"]))
            .Encode([Row(("text", "a b"), ("pair", "c"), ("label", "yes")), Row(("text", "a b c d e f g h"), ("pair", "c"), ("label", "0"))], labelled: true);
        Assert.Equal(_bert.Encode("a b", "c").ToIdArray(), rows.Examples[0].InputIds);
        Assert.Equal([0, 0, 0, 0, 1, 1], rows.Examples[0].TypeIds!);
        Assert.Equal([new ExampleLabel.Class(1), new ExampleLabel.Class(0)], rows.Examples.Select(example => example.Label));
        Assert.Equal((8, 1), (rows.Examples[1].Length, rows.TruncatedRows));
    }

    [Fact]
    public void Classification_Answers_AreTheLikeliestInOrder()
    {
        ITaskRows rows = new ClassificationTask(Bert(8), new(), LabelMap.FromList(["a", "b", "c"])).Encode([Row(("text", "x"))], labelled: false);
        JsonObject answer = rows.Answers([new Prediction.Class(2, [0.3f, 0.1f, 0.6f])], topK: 2).Single();
        Assert.Equal("""{"text":"x","label":"c","probability":0.6,"top":[{"label":"c","probability":0.6},{"label":"a","probability":0.3}]}""", answer.ToJsonString());
    }

    [Fact]
    public void Classification_SeveralBadRows_TellsOfTheFirst()
    {
        DataRow[] rows = [.. Enumerable.Range(1, 400).Select(i => DataRow.Of(new RowPlace("f", i), ("text", "x"), ("label", i >= 100 ? "odd" : "no")))];
        var error = Assert.Throws<InvalidDataException>(() => new ClassificationTask(Bert(8), new(), LabelMap.FromList(["no"])).Encode(rows, labelled: true));
        Assert.StartsWith("f, line 100:", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Encoder_IdsBeyondTheModel_SaysThatTheyAreOfDifferentVocabularies()
    {
        TextEncoder small = new(_bert, 8, vocabularySize: 1000);
        var error = Assert.Throws<InvalidDataException>(() => small.Encode("house", null, new RowPlace("f", 3)));
        Assert.Contains("different vocabularies", error.Message, StringComparison.Ordinal);
        Assert.StartsWith("f, line 3:", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tagging_FirstTokenOfAWord_CarriesTheTag()
    {
        ITaskRows rows = new TaggingTask(Bert(16), new(), LabelMap.FromList(["O", "B-PER"]))
            .Encode([Row(("tokens", "Quagga sleeps"), ("tags", "B-PER O"))], labelled: true);
        var labels = (ExampleLabel.Tokens)rows.Examples[0].Label!;
        int pieces = _bert.Encode("Quagga", addSpecialTokens: false).Length;
        Assert.True(pieces > 1);
        Assert.Equal([-100, 1, .. Enumerable.Repeat(-100, pieces - 1), 0, -100], labels.Ids);

        Prediction.Tokens right = new([.. labels.Ids.Select(id => Math.Max(id, 0))], new float[labels.Ids.Length]);
        Assert.Equal(1, rows.TextMetrics([right])["f1"]);
        Assert.Equal("""[{"type":"PER","text":"Quagga"}]""", rows.Answers([right]).Single()["entities"]!.ToJsonString());
        Prediction.Tokens none = new(new int[labels.Ids.Length], new float[labels.Ids.Length]);
        Assert.Equal(0, rows.TextMetrics([none])["f1"]);
    }

    [Fact]
    public void Question_LongContext_IsWindowsAndTheBestWins()
    {
        string context = string.Join(' ', Enumerable.Repeat("word", 30)) + " Anna sleeps";
        string json = new JsonObject { ["question"] = "Who?", ["context"] = context, ["answers"] = new JsonObject { ["text"] = new JsonArray("Anna"), ["answer_start"] = new JsonArray(150) } }.ToJsonString();
        string file = Path.ChangeExtension(Path.GetTempFileName(), ".jsonl");
        File.WriteAllText(file, json);
        ITaskRows rows = new QuestionTask(Bert(20), new(), stride: 4).Encode(Dataset.Load(file), labelled: true);
        File.Delete(file);
        Assert.True(rows.Examples.Count > 2);
        var spans = rows.Examples.Select(example => (ExampleLabel.Span)example.Label!).ToArray();
        Assert.Contains(spans, span => span.Start > 0);
        Assert.Contains(spans, span => span is { Start: 0, End: 0 });

        Prediction[] right = [.. spans.Select(span => new Prediction.Span(span.Start, span.End, span.Start > 0 ? 5 : 1))];
        Assert.Equal(1, rows.TextMetrics(right)["exact_match"]);
        JsonObject answer = rows.Answers(right).Single();
        Assert.Equal(("Anna", 150), ((string?)answer["answer"], (int)answer["start"]!));
        Prediction[] nothing = [.. spans.Select(_ => new Prediction.Span(0, 0, 1))];
        Assert.Equal("", (string?)rows.Answers(nothing).Single()["answer"]);
    }

    [Fact]
    public void Question_LongerThanTheWindow_IsTheRowsError()
    {
        string question = string.Join(' ', Enumerable.Repeat("why", 40));
        var error = Assert.Throws<InvalidDataException>(() =>
            new QuestionTask(Bert(20), new() { AnswerText = null, AnswerStart = null }, 4).Encode([Row(("question", question), ("context", "x"))], labelled: false));
        Assert.Contains("no room", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Language_PromptAndCompletion_LearnsTheCompletionAndTheEnd()
    {
        ITaskRows rows = Language(new("text", "prompt", "completion"), 32).Encode([Row(("prompt", "The sky is"), ("completion", " blue"))], labelled: true);
        int[] prompt = _gpt.Encode("The sky is").ToIdArray(), completion = _gpt.Encode(" blue").ToIdArray();
        Assert.Equal([.. prompt, .. completion, 0], rows.Examples[0].InputIds);
        Assert.Equal([.. prompt.Select(_ => -100), .. completion, 0], ((ExampleLabel.Tokens)rows.Examples[0].Label!).Ids);
    }

    [Fact]
    public void Language_Text_IsLearntWhole()
    {
        ITaskRows rows = Language(new(), 32).Encode([Row(("text", "The sky is blue"))], labelled: true);
        Assert.Equal(rows.Examples[0].InputIds, ((ExampleLabel.Tokens)rows.Examples[0].Label!).Ids);
        Assert.Equal(0, rows.Examples[0].InputIds[^1]);
    }

    [Fact]
    public void Language_PromptThatFillsTheLength_IsLeftOutAndCounted()
    {
        ITaskRows rows = Language(new("text", "prompt", "completion"), 3)
            .Encode([Row(("prompt", "The sky is often"), ("completion", " blue")), Row(("prompt", "So"), ("completion", " blue"))], labelled: true);
        Assert.Equal((1, 1, 1), (rows.Examples.Count, rows.TruncatedRows, rows.DroppedRows));
    }

    private static TextEncoder Bert(int maxLength) => new(_bert, maxLength, 30522);

    private static LanguageTask Language(CausalColumns columns, int maxLength) => new(new(_gpt, maxLength, 49152), columns, completionOnly: true, endId: 0);

    private static DataRow Row(params (string, string)[] values) => DataRow.Of(new RowPlace("f", 1), values);
}
