using System.Text.Json;
using PeftSharp.Testing;

namespace PeftSharp.Text.Tests.Goldens;

/// <summary>A folder of tests/fixtures/tokenizers: a tokenizer and what Hugging Face's library made of the shared texts.</summary>
internal sealed class GoldenFolder
{
    private static readonly Dictionary<string, GoldenFolder> s_loaded = [];

    private GoldenFolder(string name)
        : this(Tokenizer.Load(Fixtures.PathOf("tokenizers", name)), name)
    {
    }

    public GoldenFolder(Tokenizer tokenizer, string name)
    {
        Tokenizer = tokenizer;
        Goldens = ReadJson(Fixtures.PathOf("tokenizers", name, "goldens.json"));
    }

    public static string[] Texts { get; } =
        [.. ReadJson(Fixtures.PathOf("tokenizers", "texts.json")).GetProperty("texts").EnumerateArray().Select(t => t.GetString()!)];

    public static (string, string)[] Pairs { get; } =
        [.. ReadJson(Fixtures.PathOf("tokenizers", "texts.json")).GetProperty("pairs").EnumerateArray()
            .Select(p => (p[0].GetString()!, p[1].GetString()!))];

    public Tokenizer Tokenizer { get; }

    public JsonElement Goldens { get; }

    public static IEnumerable<string> Names => Directory.GetDirectories(Fixtures.PathOf("tokenizers"))
        .Where(d => File.Exists(Path.Combine(d, "goldens.json")) && File.Exists(Path.Combine(d, "tokenizer.json")))
        .Select(d => Path.GetFileName(d)!)
        .Order();

    public static GoldenFolder Load(string name)
    {
        lock (s_loaded)
        {
            if (!s_loaded.TryGetValue(name, out GoldenFolder? folder))
                s_loaded[name] = folder = new GoldenFolder(name);
            return folder;
        }
    }

    /// <summary>The rows of a section.</summary>
    public JsonElement[] Rows(string section) => [.. Goldens.GetProperty(section).EnumerateArray()];

    public static JsonElement ReadJson(string path)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
        return document.RootElement.Clone();
    }
}
