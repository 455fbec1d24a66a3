using PeftSharp.Workflows.Configuration;
using Xunit;

namespace PeftSharp.Tests.Workflows.Configuration;

public sealed class ConfigSchemaTests
{
    private static readonly ConfigSchema _schema = new(
    [
        new("", "model", ConfigKind.Text, null, "x"),
        new("data", "limit", ConfigKind.Integer, null, "x"),
        new("training", "limit", ConfigKind.Integer, null, "x"),
        new("training", "learning_rate", ConfigKind.Number, null, "x"),
    ]);

    [Theory]
    [InlineData("model", "model")]
    [InlineData("learning_rate", "training.learning_rate")]
    [InlineData("training.limit", "training.limit")]
    public void FindFlag_FullOrUnambiguousName_FindsTheKey(string flag, string key) => Assert.Equal(key, _schema.FindFlag(flag).FullName);

    [Fact]
    public void FindFlag_Ambiguous_ListsTheCandidates()
    {
        string message = Assert.Throws<ConfigException>(() => _schema.FindFlag("limit")).Message;
        Assert.Contains("--data.limit", message, StringComparison.Ordinal);
        Assert.Contains("--training.limit", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("lerning_rate", "--learning_rate")]
    [InlineData("training.lerning_rate", "--training.learning_rate")]
    public void FindFlag_Misspelt_NamesTheNearest(string flag, string near) =>
        Assert.Contains(near, Assert.Throws<ConfigException>(() => _schema.FindFlag(flag)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("training", "lerning_rate", "did you mean \"learning_rate\"")]
    [InlineData("", "learning_rate", "belongs in training")]
    [InlineData("data", "model", "the file itself")]
    [InlineData("training", "entirely_different", "the keys are limit, learning_rate")]
    public void Find_Unknown_SaysWhatIsRight(string section, string name, string words)
    {
        string message = Assert.Throws<ConfigException>(() => _schema.Find(section, name, "f.yaml, line 3")).Message;
        Assert.StartsWith("f.yaml, line 3: ", message, StringComparison.Ordinal);
        Assert.Contains(words, message, StringComparison.Ordinal);
    }
}
