using System.Text.Json;
using CsCheck;
using PeftSharp.Testing;

namespace PeftSharp.Metrics.Tests.Tagging;

public sealed class EntityScoresTests
{
    private static readonly Dictionary<string, JsonElement> Cases =
        Golden.Load("seqeval.json").GetProperty("cases").EnumerateArray().ToDictionary(c => c.GetProperty("name").GetString()!);

    public static TheoryData<string> Names => [.. Cases.Keys];

    /// <summary>seqeval gives no list of entities in strict mode.</summary>
    public static TheoryData<string> NamesWithEntities => [.. Cases.Where(c => c.Value.TryGetProperty("entities_true", out _)).Select(c => c.Key)];

    [Theory, MemberData(nameof(NamesWithEntities))]
    public void Find_GoldenCase_IsSeqevals(string name)
    {
        JsonElement golden = Cases[name];
        foreach (string side in (string[])["true", "pred"])
        {
            JsonElement[] expected = [.. golden.GetProperty($"entities_{side}").EnumerateArray()];
            JsonElement[] sentences = [.. golden.GetProperty($"y_{side}").EnumerateArray()];
            for (int i = 0; i < sentences.Length; i++)
                Assert.Equal(
                    expected[i].EnumerateArray().Select(e => new Entity(e[0].GetString()!, e[1].GetInt32(), e[2].GetInt32())),
                    Entities.Find(Golden.Texts(sentences[i]), Scheme(golden)));
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void Scores_GoldenCase_AreSeqevals(string name)
    {
        JsonElement golden = Cases[name];
        EntityScores scores = new(Scheme(golden));
        foreach ((JsonElement predicted, JsonElement actual) in golden.GetProperty("y_pred").EnumerateArray().Zip(golden.GetProperty("y_true").EnumerateArray()))
            scores.Add(Golden.Texts(predicted), Golden.Texts(actual));
        Golden.Close(golden.GetProperty("token_accuracy"), scores.TokenAccuracy, "token accuracy");
        foreach (Averaging averaging in Enum.GetValues<Averaging>())
            Golden.Close(golden.GetProperty(averaging.ToString().ToLowerInvariant()), scores.Average(averaging), averaging.ToString());
        foreach ((string type, BinaryCounts counts) in scores.Types)
        {
            JsonElement row = golden.GetProperty("report").GetProperty(type);
            Golden.Close(row.GetProperty("precision"), counts.Scores().Precision, type);
            Golden.Close(row.GetProperty("recall"), counts.Scores().Recall, type);
            Golden.Close(row.GetProperty("f1-score"), counts.Scores().F1, type);
            Golden.Close(row.GetProperty("support"), counts.Support, type);
        }
    }

    [Fact]
    public void Find_AnyTags_GivesEntitiesInOrderWithinTheSentence() =>
        Gen.Select(Gen.OneOf("O", "B-X", "I-X", "B-Y", "I-Y", "I", "B").Array[0, 12], Gen.OneOf(TagScheme.Lenient, TagScheme.Iob1, TagScheme.Iob2))
        .SampleSeeded((tags, scheme) =>
        {
            int past = 0;
            foreach (Entity entity in Entities.Find(tags, scheme))
            {
                Assert.InRange(entity.Start, past, tags.Length - 1);
                Assert.InRange(entity.End, entity.Start, tags.Length - 1);
                past = entity.End + 1;
            }
        });

    [Fact]
    public void Find_EmptyTagOrUnknownPrefix_Throws()
    {
        Assert.Contains("token 1 is empty", Assert.Throws<ArgumentException>(() => Entities.Find(["O", ""])).Message, StringComparison.Ordinal);
        Assert.Contains("token 0 begins with \"S\"", Assert.Throws<ArgumentException>(() => Entities.Find(["S-X"], TagScheme.Iob2)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new EntityScores().Add(["O"], ["O", "O"]));
    }

    private static TagScheme Scheme(JsonElement golden) => golden.GetProperty("scheme").GetString() is { } name
        ? Enum.Parse<TagScheme>(name, ignoreCase: true)
        : TagScheme.Lenient;
}
