using static PeftSharp.Text.Tests.SmallTokenizer;

namespace PeftSharp.Text.Tests.Models;

public sealed class UnigramModelTests
{
    /// <summary>The example in the documentation of Hugging Face's model.</summary>
    [Fact]
    public void Encode_ExampleOfTheLibrary_IsCutAsThere()
    {
        const string Model = """{"type":"Unigram","unk_id":0,"vocab":[["<unk>",0],["a",0],["b",0],["c",0],["d",0],["cd",1],["ab",2],["abc",5],["abcd",10]]}""";
        Encoding encoding = Parse(Json(Model, postProcessor: "null")).Encode("abcdacdxx");
        Assert.Equal([8, 1, 5, 0], encoding.ToIdArray());
        Assert.Equal(["abcd", "a", "cd", "xx"], encoding.Tokens);
    }

    [Fact]
    public void Encode_ByteFallback_SpellsUnknownNeighboursInBytesIfAllAreThere()
    {
        const string Model = """{"type":"Unigram","unk_id":0,"byte_fallback":true,"vocab":[["<unk>",0],["a",-1],["<0xC3>",-2],["<0xA9>",-2]]}""";
        Encoding encoding = Parse(Json(Model, postProcessor: "null")).Encode("a\u00e9\u00e9a\u00e8");
        Assert.Equal([1, 2, 3, 2, 3, 1, 0], encoding.ToIdArray());
        Assert.Equal([new(0, 1), new(1, 3), new(1, 3), new(1, 3), new(1, 3), new(3, 4), new(4, 5)], encoding.Offsets.ToArray());
    }

    [Fact]
    public void Encode_UnknownWithoutToken_SaysWhichCharacter() => Assert.Contains(
        "no token for \"x\"",
        Assert.Throws<InvalidDataException>(() => Parse(Json("""{"type":"Unigram","vocab":[["a",0]]}""", postProcessor: "null")).Encode("ax")).Message,
        StringComparison.Ordinal);

    [Fact]
    public void Encode_LongTokens_TakesTimeLinearInTheText()
    {
        string model = $$"""{"type":"Unigram","unk_id":0,"vocab":[["<unk>",0],["a",-1],["{{new string('a', 2000)}}",-1]]}""";
        Assert.Equal(100, Parse(Json(model, postProcessor: "null")).Encode(new string('a', 200_000)).Length);
    }
}
