namespace PeftSharp.Data.Tests.Labels;

public sealed class FeatureNamesTests
{
    [Theory]
    [InlineData("{\"features\": {\"ner_tags\": {\"feature\": {\"names\": [\"O\", \"B-PER\"], \"_type\": \"ClassLabel\"}, \"_type\": \"Sequence\"}}}")]
    [InlineData("{\"features\": {\"ner_tags\": {\"feature\": {\"names\": [\"O\", \"B-PER\"], \"_type\": \"ClassLabel\"}, \"_type\": \"List\"}}}")]
    [InlineData("{\"features\": {\"ner_tags\": [{\"names\": [\"O\", \"B-PER\"], \"_type\": \"ClassLabel\"}]}}")]
    [InlineData("{\"conll2003\": {\"features\": {\"ner_tags\": {\"feature\": {\"num_classes\": 2, \"names\": [\"O\", \"B-PER\"]}, \"length\": -1}}}}")]
    public void Of_DescriptionBesideTheFile_GivesTheNames(string json)
    {
        using TemporaryFiles files = new();
        files.Write("dataset_info.json", json);
        string data = files.Write("train.jsonl", "{}");
        Assert.Equal(["O", "B-PER"], FeatureNames.Of(data, "ner_tags")!);
        Assert.Null(FeatureNames.Of(data, "tokens"));
    }

    [Fact]
    public void Of_NoDescription_IsNull()
    {
        using TemporaryFiles files = new();
        Assert.Null(FeatureNames.Of(files.Write("train.jsonl", "{}"), "ner_tags"));
    }

    [Fact]
    public void Of_BrokenOrContradictory_SaysWhich()
    {
        using TemporaryFiles files = new();
        string data = files.Write("train.jsonl", "{}");
        files.Write("dataset_info.json", "{");
        Assert.Contains("dataset_info.json: not valid JSON", Assert.Throws<InvalidDataException>(() => FeatureNames.Of(data, "x")).Message, StringComparison.Ordinal);
        files.Write("dataset_info.json", "{\"a\": {\"features\": {\"x\": {\"names\": [\"p\"]}}}, \"b\": {\"features\": {\"x\": {\"names\": [\"q\"]}}}}");
        Assert.Contains("2 lists of names", Assert.Throws<InvalidDataException>(() => FeatureNames.Of(data, "x")).Message, StringComparison.Ordinal);
    }
}
