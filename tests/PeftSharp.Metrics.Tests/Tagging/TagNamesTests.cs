namespace PeftSharp.Metrics.Tests.Tagging;

public sealed class TagNamesTests
{
    [Theory]
    [InlineData("O,B-PER,I-PER", TagNaming.Prefixed)]
    [InlineData("B-PER,I-PER", TagNaming.Prefixed)]
    [InlineData("O,U-PER,L-PER", TagNaming.Prefixed)]
    [InlineData("O,B,I", TagNaming.Prefixed)]
    [InlineData("O,PER,LOC", TagNaming.TypesAlone)]
    [InlineData("O,BRAND", TagNaming.TypesAlone)]
    [InlineData("O", TagNaming.TypesAlone)]
    [InlineData("0,1,2", TagNaming.None)]
    [InlineData("NN,VB", TagNaming.None)]
    [InlineData("LABEL_0,LABEL_1", TagNaming.None)]
    public void Of_Tags_TellsHowTheyNameEntities(string tags, TagNaming naming) => Assert.Equal(naming, TagNames.Of(tags.Split(',')));

    [Fact]
    public void WithPrefixes_TypesAlone_AreRunsOfTheWholeType()
    {
        IReadOnlyList<string> tags = TagNames.WithPrefixes(["BRAND", "BRAND", "O", "PER", "LOC"], TagNaming.TypesAlone);
        Assert.Equal([new("BRAND", 0, 1), new("PER", 3, 3), new("LOC", 4, 4)], Entities.Find(tags));
    }
}
