using System.Text.Json;

namespace PeftSharp.Metrics.Tests.LanguageModelling;

public sealed class PerplexityTests
{
    [Fact]
    public void Add_GoldenLogits_GiveTheGoldenValues()
    {
        foreach (JsonElement golden in Golden.Load("perplexity.json").GetProperty("cases").EnumerateArray())
        {
            Perplexity whole = new();
            JsonElement[] rows = [.. golden.GetProperty("logits").EnumerateArray()];
            for (int i = 0; i < rows.Length; i++)
            {
                float[] logits = [.. rows[i].EnumerateArray().SelectMany(p => p.EnumerateArray()).Select(v => (float)v.GetDouble())];
                int[] labels = Golden.Integers(golden.GetProperty("labels")[i]);
                whole.Add(logits, labels);
                Perplexity row = new();
                row.Add(logits, labels);
                Golden.Close(golden.GetProperty("row_mean_nll")[i], row.MeanNll, "row mean");
                Golden.Close(golden.GetProperty("row_perplexity")[i], row.Value, "row perplexity");
            }

            Golden.Close(golden.GetProperty("nll_sum"), whole.NllSum, "sum");
            Assert.Equal(golden.GetProperty("tokens").GetInt64(), whole.Tokens);
            Golden.Close(golden.GetProperty("mean_nll"), whole.MeanNll, "mean");
            Golden.Close(golden.GetProperty("perplexity"), whole.Value, "perplexity");
            Golden.Close(golden.GetProperty("mean_of_row_perplexity"), whole.MeanOfRows, "mean of rows");
            Golden.Close(golden.GetProperty("bits_per_token"), whole.BitsPerToken, "bits");
            Golden.Close(golden.GetProperty("token_accuracy"), whole.TokenAccuracy, "accuracy");
        }
    }

    [Fact]
    public void Add_RowWithoutCountedTokens_IsLeftOut()
    {
        Perplexity perplexity = new();
        perplexity.Add([0, 0, 0, 0], [1, -100]);
        Assert.True(double.IsNaN(perplexity.Value));
        perplexity.Add(2 * Math.Log(3), 2, 1);
        Golden.Close(3, perplexity.Value, "perplexity");
        Golden.Close(3, perplexity.MeanOfRows, "mean of rows");
        Assert.Equal(0.5, perplexity.TokenAccuracy);
    }

    [Fact]
    public void Add_LabelOutsideTheVocabularyOrWrongShape_Throws()
    {
        Perplexity perplexity = new();
        Assert.Contains("Label 1 is 2, outside of the vocabulary of 2", Assert.Throws<ArgumentException>(() => perplexity.Add([0, 0, 0, 0], [0, 2])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => perplexity.Add([0, 0, 0], [0, 1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => perplexity.Add(1, 1, 2));
        Assert.Equal(0, perplexity.Tokens);
    }
}
