using System.Text.Json;
using CsCheck;
using PeftSharp.Testing;

namespace PeftSharp.Metrics.Tests.QuestionAnswering;

public sealed class SquadTests
{
    private static readonly JsonElement File = Golden.Load("squad.json");

    [Fact]
    public void Normalize_GoldenRows_IsTheOfficialScripts()
    {
        foreach (JsonElement row in File.GetProperty("rows").EnumerateArray())
        {
            Assert.Equal(row.GetProperty("normalized_prediction").GetString(), Squad.Normalize(row.GetProperty("prediction").GetString()!));
            Assert.Equal(Golden.Texts(row.GetProperty("normalized_references")), Golden.Texts(row.GetProperty("references")).Select(Squad.Normalize));
        }
    }

    [Fact]
    public void Scores_GoldenRows_AreTheOfficialScripts()
    {
        SquadScores scores = new();
        foreach (JsonElement row in File.GetProperty("rows").EnumerateArray())
        {
            string prediction = row.GetProperty("prediction").GetString()!;
            string[] references = Golden.Texts(row.GetProperty("references"));
            Assert.Equal(row.GetProperty("em").GetInt32() == 1, Squad.ExactMatch(prediction, references));
            Golden.Close(row.GetProperty("f1"), Squad.F1(prediction, references), prediction);
            Golden.Close(row.GetProperty("f1_v2"), Squad.F1(prediction, references, emptyMatchesEmpty: true), prediction);
            scores.Add(prediction, references);
        }

        Golden.Close(File.GetProperty("mean_em_percent"), scores.ExactMatch, "exact match");
        Golden.Close(File.GetProperty("mean_f1_percent"), scores.F1, "F1");
    }

    [Fact]
    public void Scores_NoReferences_MeansNoAnswer()
    {
        Assert.True(Squad.ExactMatch("the", []));
        Assert.Equal(1, Squad.F1("", [], emptyMatchesEmpty: true));
        Assert.Equal(0, Squad.F1("x", [], emptyMatchesEmpty: true));
    }

    [Theory]
    [InlineData("ΟΔΟΣ ΣΑΣ. ΑΣ'Β", "οδος σας ασβ")]
    [InlineData("the\u0301 an_a A\u001cTHE\u001dx", "\u0301 ana x")]
    [InlineData("𐐀the a😀an", "𐐨the 😀")]
    public void Normalize_UnusualText_IsPythons(string text, string expected) => Assert.Equal(expected, Squad.Normalize(text));

    [Fact]
    public void F1_AnyTexts_IsSymmetricAndOneForItself() =>
        Gen.Select(Gen.String, Gen.String).SampleSeeded((a, b) =>
        {
            Golden.Close(Squad.F1(a, [b]), Squad.F1(b, [a]), "symmetric");
            Assert.Equal(1, Squad.F1(a, [b, a], emptyMatchesEmpty: true));
            Assert.True(Squad.ExactMatch(a, [b, a]));
            Assert.InRange(Squad.F1(a, [b]), 0, 1);
        });
}
