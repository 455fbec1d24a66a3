using System.Text.Json;
using PeftSharp.Testing;
using static PeftSharp.Text.Tests.Goldens.GoldenCheck;

namespace PeftSharp.Text.Tests.Goldens;

/// <summary>Tokenizers composed at random, each with what Hugging Face's library made of some texts.</summary>
public sealed class DrawnTests
{
    public static TheoryData<string> Names() =>
        [.. Directory.GetDirectories(Fixtures.PathOf("tokenizers_drawn")).Select(folder => Path.GetFileName(folder)!).Order()];

    [Theory]
    [MemberData(nameof(Names))]
    public void EveryText_OfADrawnTokenizer_EqualsHuggingFace(string name)
    {
        string folder = Fixtures.PathOf("tokenizers_drawn", name);
        Tokenizer tokenizer = Tokenizer.Load(folder);
        JsonElement cases = GoldenFolder.ReadJson(Path.Combine(folder, "cases.json"));
        GoldenCheck check = new();
        foreach (JsonElement row in cases.GetProperty("rows").EnumerateArray())
        {
            string text = row.GetProperty("text").GetString()!;
            Encoding encoding = tokenizer.Encode(text);
            Same(text, row, encoding);
            check.Equal($"{text}: plain", Ints(row.GetProperty("plain")), tokenizer.Encode(text, addSpecialTokens: false).ToIdArray());
            check.Equal($"{text}: decode", row.GetProperty("decode").GetString(), tokenizer.Decode(encoding.ToIdArray(), skipSpecialTokens: false));
            check.Equal($"{text}: clean", row.GetProperty("clean").GetString(), tokenizer.Decode(encoding.ToIdArray()));
        }
        foreach (JsonElement pair in cases.GetProperty("pairs").EnumerateArray())
            Same("pair", pair, tokenizer.Encode(pair.GetProperty("a").GetString()!, pair.GetProperty("b").GetString()!));
        check.Done();

        void Same(string text, JsonElement row, Encoding encoding)
        {
            check.Equal($"{text}: ids", Ints(row.GetProperty("ids")), encoding.ToIdArray());
            check.Equal($"{text}: types", Ints(row.GetProperty("types")), encoding.TypeIds.ToArray());
            check.Equal($"{text}: offsets", row.GetProperty("offsets").EnumerateArray().SelectMany(Ints), Flat(encoding.Offsets));
        }
    }
}
