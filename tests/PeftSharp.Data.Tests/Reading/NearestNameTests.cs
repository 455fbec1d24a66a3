using CsCheck;
using PeftSharp.Testing;

namespace PeftSharp.Data.Tests.Reading;

public sealed class NearestNameTests
{
    [Theory]
    [InlineData("Label", "label")]
    [InlineData("sentense", "sentence")]
    [InlineData("txt", "text")]
    [InlineData("zzz", null)]
    [InlineData("", null)]
    public void Find_Name_GivesTheNearest(string name, string? expected) =>
        Assert.Equal(expected, NearestName.Find(name, ["text", "sentence", "label", ""]));

    [Fact]
    public void Find_AnyNames_NeverThrows() =>
        Gen.Select(Gen.String[0, 90], Gen.String[0, 90].Array[0, 5]).SampleSeeded((name, known) =>
        {
            string? found = NearestName.Find(name, known);
            Assert.True(found is null || known.Contains(found));
            if (name.Length is > 0 and <= 64)
                Assert.NotNull(NearestName.Find(name, [.. known, name]));
        });

    [Fact]
    public void List_ManyNames_IsCut() =>
        Assert.EndsWith("\"29\", ... (70 more)", NearestName.List([.. Enumerable.Range(0, 100).Select(i => $"{i}")]), StringComparison.Ordinal);
}
